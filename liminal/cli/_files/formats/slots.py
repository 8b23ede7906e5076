"""The interface of the formats: the texts of a file, and how it is rewritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

_CHUNK = 1 << 20


class FileProblemError(Exception):
    """A file can't be read, rewritten or put in place. The message is the reason, for the user.

    It stops that file only, and never leaves this package.
    """


@dataclass(frozen=True, slots=True)
class Slot:
    """A text in a file."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Span(Slot):
    """A slot in a file of bytes: from ``start`` to ``end``, written by ``encode``."""

    start: int
    end: int
    encode: Callable[[str], bytes] = field(repr=False)


class Rewriting(Protocol):
    """A new version of a file, while it is written."""

    def put(self, slot: Slot, text: str) -> None:
        """Write the text of the next slot. Slots are in order; omitted ones are unchanged."""

    def finish(self) -> None:
        """Write what follows the last slot."""

    def abandon(self) -> None:
        """Stop without finishing."""


class Format(Protocol):
    """Reads one file. Its methods raise FileProblemError, or OSError."""

    def check(self, source: BinaryIO) -> None:
        """Detect the dialect of the file."""

    def slots(self, source: BinaryIO) -> Iterator[Slot]:
        """Yield the texts to cleanse, in order. ``source`` is at its beginning."""
        ...

    def rewriting(self, source: BinaryIO, target: BinaryIO) -> Rewriting:
        """Start a new version of ``source``, which is at its beginning, in ``target``."""
        ...


class BytesRewriting:
    """Copies bytes, and replaces spans. Unchanged spans are copied as well."""

    def __init__(self, source: BinaryIO, target: BinaryIO) -> None:
        self._source = source
        self._target = target
        self._at = 0

    def put(self, slot: Slot, text: str) -> None:
        """Copy up to the slot, then write its text."""
        assert isinstance(slot, Span)  # noqa: S101 - slots are those of the same format
        if text == slot.text:
            return
        self._copy(slot.start - self._at)
        self._target.write(_encoded(slot, text))
        self._source.seek(slot.end)
        self._at = slot.end

    def finish(self) -> None:
        """Copy the rest."""
        while chunk := self._source.read(_CHUNK):
            self._target.write(chunk)

    def abandon(self) -> None:
        """Nothing has to be closed."""

    def _copy(self, count: int) -> None:
        self._at += count
        while count:
            chunk = self._source.read(min(count, _CHUNK))
            if not chunk:
                raise FileProblemError("it became shorter while it was read")
            self._target.write(chunk)
            count -= len(chunk)


def _encoded(span: Span, text: str) -> bytes:
    try:
        return span.encode(text)
    except UnicodeEncodeError:
        pass
    raise FileProblemError("a result can't be encoded in UTF-8")
