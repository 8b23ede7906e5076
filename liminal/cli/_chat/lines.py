"""Reads the lines of a chat: at a terminal with a prompt and editing, or from a pipe."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Iterator
from importlib import import_module
from typing import Any

from liminal.cli import _console
from liminal.errors import LiminalError


def read_lines() -> Iterator[str]:
    """Yield each line that is not blank, without the white space around it, up to the end."""
    lines = _typed() if sys.stdin.isatty() else _piped()
    return (line.strip() for line in lines if line.strip())


def _typed() -> Iterator[str]:
    with contextlib.suppress(ImportError):  # there is none on Windows, where the console edits
        import_module("readline")  # gives input() its editing
    while True:
        try:
            yield _input("> ")
        except EOFError:
            return _console.note("")
        except KeyboardInterrupt:
            _console.note("\n/quit or Ctrl-D ends the chat")


def _input(prompt: str) -> str:
    if sys.stdout.isatty():
        return input(prompt)
    sys.stderr.write(prompt)
    sys.stderr.flush()
    return input()


@contextlib.contextmanager
def without_echo() -> Generator[None]:
    """Turn off the terminal's echo, which would be mixed with what is drawn.

    It is not lost: the next prompt shows it.
    """
    if not sys.stdin.isatty():
        yield
        return
    try:
        termios: Any = import_module("termios")
        terminal = sys.stdin.fileno()
    except (ImportError, OSError):  # there is none on Windows
        yield
        return
    before = termios.tcgetattr(terminal)
    quiet = before.copy()
    quiet[3] &= ~termios.ECHO  # its local modes
    termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _piped() -> Iterator[str]:
    for number, line in enumerate(sys.stdin.buffer, start=1):
        yield _decoded(line, number)


def _decoded(line: bytes, number: int) -> str:
    with contextlib.suppress(UnicodeDecodeError):
        return line.decode()
    raise LiminalError(f"stdin is not UTF-8 text: see line {number}")
