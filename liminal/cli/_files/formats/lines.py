"""Reads the lines of a UTF-8 file, with their positions."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from .slots import FileProblemError

# Bytes. A line, or a record of several lines, is in memory at a time.
LONGEST: Final = 1 << 26


class Line(NamedTuple):
    """One line with its line feed, if it has one. A carriage return alone ends no line."""

    number: int
    start: int
    content: bytes


def lines(source: BinaryIO) -> Iterator[Line]:
    """Yield the lines without the byte order mark; FileProblemError for other than UTF-8 text."""
    start = len(codecs.BOM_UTF8)
    if source.read(start) != codecs.BOM_UTF8:
        start = 0
    source.seek(start)
    number = 0
    while content := source.readline(LONGEST + 1):
        number += 1
        _check(number, content)
        yield Line(number, start, content)
        start += len(content)


def _check(number: int, content: bytes) -> None:
    if len(content) > LONGEST:
        raise FileProblemError(f"line {number} is longer than {LONGEST >> 20} MiB")
    try:
        content.decode()
    except UnicodeDecodeError:
        problem = f"it is not encoded in UTF-8 (line {number})"
    else:
        if b"\0" not in content:
            return
        problem = f"it is not text: line {number} contains a zero byte"
    raise FileProblemError(problem)
