"""An answer's bytes, unpacked piece by piece within a bound. Values in, values out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, Final

# A piece that is unpacked at a time: what a bomb may cost before it is noticed.
_PIECE: Final = 64 * 1024
# RFC 1952, 2.3.1: what each member of a gzip file begins with.
_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_WBITS: Final = 31  # 15 bits of window, as ever, and 16 for gzip's own frame
_ZLIB_WBITS: Final = 15
_RAW_WBITS: Final = -15

# What RFC 9110, 8.4.1 and its registry name. A name that is none of them, such as `utf-8`, is a
# server's slip: the bytes beneath are plain.
_CODINGS: Final = frozenset({"br", "compress", "dcb", "dcz", "deflate", "gzip", "zstd"})
_UNPACKED: Final = frozenset({"gzip", "deflate"})


class BodyError(Exception):
    """Says what is wrong with a body, in words fit for a message."""


def _coding_of(header: str | None) -> str | None:
    """The one coding that is to be undone, None for plain bytes.

    httpx would undo any number of layers, each without a bound.
    """
    names = [name.strip().lower().removeprefix("x-") for name in (header or "").split(",")]
    codings = [name for name in names if name in _CODINGS]
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in _UNPACKED:
        raise BodyError("uses a content coding that was not asked for")
    return codings[0]


class Unpacker:
    """Undoes ``Content-Encoding``: one layer of gzip or deflate, as lenient as browsers are."""

    def __init__(self, header: str | None) -> None:
        self._coding = _coding_of(header)
        self._inflater: Any = None  # zlib's class has no public name
        self._head = b""  # what is too short to tell its format by, or to tell another member

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """The unpacked pieces that ``raw`` completes, each within 64 KiB where it was packed."""
        if self._coding is None:
            yield raw
            return
        raw = self._head + raw
        while raw and (self._is_inflating or self._begin(raw)):
            self._head = b""
            piece = _inflate(self._inflater, raw, self._coding)
            while piece:
                yield piece
                piece = _inflate(self._inflater, self._inflater.unconsumed_tail, self._coding)
            raw = self._inflater.unused_data

    @property
    def _is_inflating(self) -> bool:
        return self._inflater is not None and not self._inflater.eof

    def _begin(self, raw: bytes) -> bool:
        """Begin the data, or the next member of a gzip file (RFC 1952, 2.2), where ``raw`` is one.

        What follows the data otherwise is padding, which all other clients pass over.
        """
        self._head = raw[: len(_GZIP_MAGIC)]
        if self._inflater is None:
            if self._coding == "deflate" and len(raw) < 2:
                return False
            self._inflater = zlib.decompressobj(self._wbits(raw))
            return True
        if self._coding == "gzip" and raw.startswith(_GZIP_MAGIC):
            self._inflater = zlib.decompressobj(_GZIP_WBITS)
            return True
        return False  # `_head`, which is not what a member begins with, stays in front of the rest

    def _wbits(self, raw: bytes) -> int:
        """``deflate`` means zlib's format (RFC 9110, 8.4.1.2), but some servers send it bare."""
        if self._coding == "gzip":
            return _GZIP_WBITS
        method, flags = raw[:2]  # RFC 1950, 2.2: the method is 8, and the two are a multiple of 31
        is_zlib = method & 0x0F == 8 and (method * 256 + flags) % 31 == 0
        return _ZLIB_WBITS if is_zlib else _RAW_WBITS

    def finish(self) -> None:
        """The body is over; BodyError where there should be more of it."""
        if self._is_inflating or (self._inflater is None and self._head):
            raise BodyError(f"ends in the middle of its {self._coding} data")


def _inflate(inflater: Any, raw: bytes, coding: str) -> bytes:
    try:
        return bytes(inflater.decompress(raw, _PIECE))
    except zlib.error:
        pass
    raise BodyError(f"is not valid {coding}")


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
