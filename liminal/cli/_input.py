"""Reads a command's text from a file or stdin, never from its arguments.

The shell's history keeps arguments, and all users of the machine can see them in ``ps``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from liminal.cli import _console
from liminal.cli._options import path
from liminal.errors import LiminalError

File = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE",
        help="The file with the text, in UTF-8; stdin if left out, or -.",
        parser=path,
    ),
]


def read_text(file: Path | None) -> str:
    """Return the text in ``file``, or in stdin; LiminalError if it can't be read or isn't UTF-8."""
    name = "stdin" if file is None or str(file) == "-" else str(file)
    content = _read(None if name == "stdin" else file, name)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        place = error.start
    # Outside the handler: the error holds the whole text.
    raise LiminalError(f"{name} is not UTF-8 text: see byte {place + 1}")


def _read(file: Path | None, name: str) -> bytes:
    if file is None and sys.stdin.isatty():
        _console.note("Reading the text from the terminal: end it with Ctrl-D on a separate line")
    try:
        return sys.stdin.buffer.read() if file is None else file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
    raise LiminalError(f"{name} can't be read: {reason}")
