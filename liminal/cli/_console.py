"""Prints results on stdout and everything else on stderr, with colors only on terminals.

rich is loaded when something is drawn for a person. It obeys NO_COLOR and TERM=dumb.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

# Control characters, with which a text could move the cursor or change the window's title.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@contextlib.contextmanager
def standard_streams() -> Generator[None]:
    """Replace the standard streams that this process was started without, as by ``>&-``.

    Otherwise the next opened file would get one of their descriptors. Stdin is then empty, stderr
    drops everything, and writing to stdout is an OSError.
    """
    with contextlib.ExitStack() as stack:
        for name in ("stdin", "stdout", "stderr"):
            if getattr(sys, name) is None:
                stack.callback(setattr, sys, name, None)
                setattr(sys, name, stack.enter_context(_nothing(name)))
        yield


def _nothing(name: str) -> TextIO:
    flags = os.O_WRONLY if name == "stderr" else os.O_RDONLY
    return os.fdopen(os.open(os.devnull, flags), "r" if name == "stdin" else "w")


def emit(text: str) -> None:
    """Write a result to stdout as UTF-8: unchanged, or without control characters on a terminal."""
    if sys.stdout.isatty():
        text = printable(text)
    sys.stdout.flush()
    left = memoryview(text.encode("utf-8", "replace"))
    while left:  # with PYTHONUNBUFFERED, only a part may be written
        left = left[sys.stdout.buffer.write(left) or 0 :]
    sys.stdout.buffer.flush()


def emit_text(text: str) -> None:
    """Write a text like ``emit``; on a terminal, add a missing line end."""
    ends = text.endswith("\n") or not text or not sys.stdout.isatty()
    emit(text if ends else f"{text}\n")


def emit_json(value: object) -> None:
    """Write a result as one line of JSON, in ASCII."""
    emit(f"{json.dumps(value)}\n")


def note(text: str) -> None:
    """Write a line for the user to stderr."""
    sys.stderr.write(f"{printable(text)}\n")
    sys.stderr.flush()


def printable(text: str) -> str:
    """Return the text with U+FFFD for each control character but tab and line feed."""
    return _CONTROLS.sub("\ufffd", text.replace("\r\n", "\n"))


def console(stream: TextIO | None = None) -> Console:
    """Return a rich console on ``stream``, by default stdout. Give it ``printable`` text."""
    from rich.console import Console  # noqa: PLC0415 - few commands draw

    return Console(file=stream or sys.stdout, highlight=False, emoji=False, markup=False)


def progress_console() -> Console | None:
    """Return a console on stderr for progress; None if stderr is not a terminal."""
    return console(sys.stderr) if sys.stderr.isatty() else None


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows: a table on a terminal, else lines with tabs between the columns."""
    if not sys.stdout.isatty():
        for row in rows:
            emit("\t".join(re.sub(r"\s", " ", str(cell)) for cell in row) + "\n")
        return
    from rich import box  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(str(cell)).replace("\n", " ")) for cell in row))
    console().print(table)
