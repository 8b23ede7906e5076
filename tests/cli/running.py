"""Runs the command in this process, with simulated terminals or pipes."""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass

import pytest

from liminal.cli._app import run


class Stream(io.TextIOWrapper):
    """A standard stream in memory, which may be a terminal."""

    def __init__(self, content: bytes = b"", *, is_terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8", newline="")
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def content(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


@dataclass(frozen=True)
class Ended:
    """The outcome of a command."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The output on stdout, without colors."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.out).splitlines()


def liminal(
    *arguments: str | os.PathLike[str],
    stdin: str | bytes = b"",
    terminal: str = "",
    closed: str = "",
    columns: int = 80,
) -> Ended:
    """Run a command line.

    ``terminal`` names the streams that are one, and ``closed`` those that there are not: ``in``,
    ``out``, ``err``.
    """
    given = stdin.encode() if isinstance(stdin, str) else stdin
    names = ("in", "out", "err")
    streams = {name: Stream(is_terminal=name in terminal.split()) for name in names}
    streams["in"] = Stream(given, is_terminal="in" in terminal.split())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        patch.setenv("TERM", "xterm-256color")
        for name in names:
            patch.setattr(f"sys.std{name}", None if name in closed.split() else streams[name])
        status = run([os.fspath(argument) for argument in arguments])
    return Ended(status, streams["out"].content(), streams["err"].content())
