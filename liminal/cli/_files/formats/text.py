"""Text and Markdown: the whole file is one text, which is split if it is long."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from liminal.bulk._pieces import pieces_of

from .lines import lines
from .slots import BytesRewriting, Span


class Text:
    """A file whose whole content is text."""

    def check(self, source: BinaryIO) -> None:
        """Text has no dialects."""

    def slots(self, source: BinaryIO) -> Iterator[Span]:
        """Yield the text, split at paragraphs."""
        found = lines(source)
        first = next(found, None)
        if first is None:
            return
        start = first.start
        for piece in pieces_of(line.content.decode() for line in chain((first,), found)):
            end = start + len(piece.encode())
            if not piece.isspace():
                yield Span(piece, start, end, str.encode)
            start = end

    def rewriting(self, source: BinaryIO, target: BinaryIO) -> BytesRewriting:
        """Copy everything but the replaced pieces."""
        return BytesRewriting(source, target)
