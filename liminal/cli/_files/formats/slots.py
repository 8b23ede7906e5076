"""What the formats have in common: the texts of a file, and how a file is rewritten."""

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
    """A place in a file that holds a text."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Span(Slot):
    """A slot in a file of bytes: from ``start`` to ``end``, as ``encode`` writes it."""

    start: int
    end: int
    encode: Callable[[str], bytes] = field(repr=False)


class Rewriting(Protocol):
    """A file that is being written anew."""

    def put(self, slot: Slot, text: str) -> None:
        """Write the text of the next slot. Slots come in order; those without a text stay."""

    def finish(self) -> None:
        """Write what follows the last slot."""

    def abandon(self) -> None:
        """Leave it unfinished."""


class Format(Protocol):
    """Reads one file. Its methods raise FileProblemError, or OSError."""

    def check(self, source: BinaryIO) -> None:
        """Find out how the file is to be read."""

    def slots(self, source: BinaryIO) -> Iterator[Slot]:
        """The texts that are to be cleansed, in order. ``source`` is at its beginning."""
        ...

    def rewriting(self, source: BinaryIO, target: BinaryIO) -> Rewriting:
        """Begin a new version of ``source``, which is at its beginning, in ``target``."""
        ...


class BytesRewriting:
    """Copies bytes, and replaces spans. What has not changed is copied as it is."""

    def __init__(self, source: BinaryIO, target: BinaryIO) -> None:
        self._source = source
        self._target = target
        self._at = 0

    def put(self, slot: Slot, text: str) -> None:
        """Copy up to the slot, then write its text."""
        assert isinstance(slot, Span)  # noqa: S101 - the format's own slots come back
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
        """Nothing is open."""

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
    raise FileProblemError("a result is not text that UTF-8 can hold")
