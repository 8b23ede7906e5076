"""An answer's bytes, unpacked piece by piece within a bound. Values in, values out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, Final

# A piece that gzip unpacks at a time: what a bomb may cost before it is noticed.
_PIECE: Final = 64 * 1024


class BodyError(Exception):
    """Says what is wrong with a body, in words fit for a message."""


def _decompressor() -> Any:  # zlib's class has no public name
    return zlib.decompressobj(wbits=31)  # 15 bits of window, as ever, and 16 for gzip's own frame


class Unpacker:
    """Undoes ``Content-Encoding``. One layer of gzip is all we ask for (RFC 9110, 8.4.1.3).

    httpx would unpack a piece without a bound, and any number of layers.
    """

    def __init__(self, coding: str | None) -> None:
        coding = (coding or "").strip().lower()
        is_gzip = coding in {"gzip", "x-gzip"}
        if not is_gzip and coding not in {"identity", ""}:
            raise BodyError("uses a content coding that was not asked for")
        self._gzip = _decompressor() if is_gzip else None
        self._begun = False

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """The unpacked pieces that ``raw`` completes, each within 64 KiB where it was packed."""
        if self._gzip is None:
            yield raw
            return
        self._begun = True
        piece = b"more"
        while raw or (piece and not self._gzip.eof):
            if self._gzip.eof:  # one member of the file is over, here is the next (RFC 1952, 2.2)
                self._gzip = _decompressor()
            piece = _inflate(self._gzip, raw)
            if piece:
                yield piece
            raw = self._gzip.unused_data if self._gzip.eof else self._gzip.unconsumed_tail

    def finish(self) -> None:
        """The body is over; BodyError where gzip says there should be more."""
        if self._gzip is not None and self._begun and not self._gzip.eof:
            raise BodyError("ends in the middle of its gzip data")


def _inflate(gzip: Any, raw: bytes) -> bytes:
    try:
        return bytes(gzip.decompress(raw, _PIECE))
    except zlib.error:
        pass
    raise BodyError("is not valid gzip")


class BodyReader:
    """Collects a whole body, unpacked, up to ``limit`` bytes."""

    def __init__(self, coding: str | None, limit: int) -> None:
        self._unpacker = Unpacker(coding)
        self._limit = limit
        self._size = 0
        self._pieces: list[bytes] = []

    def feed(self, raw: bytes) -> None:
        for piece in self._unpacker.feed(raw):
            self._size += len(piece)
            if self._size > self._limit:
                raise BodyError(f"is larger than {self._limit} bytes (max_body_bytes)")
            self._pieces.append(piece)

    def finish(self) -> bytes:
        self._unpacker.finish()
        return b"".join(self._pieces)
