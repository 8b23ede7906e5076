"""An answer's bytes, unpacked piece by piece within a bound. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .codings import NEXT_MEMBER, CodingError, Decoder, decoders

# What RFC 9110, 8.4.1 and its registry name. A name that is none of them, such as `utf-8`, is a
# server's slip: the bytes beneath are plain.
_CODINGS: Final = frozenset({"br", "compress", "dcb", "dcz", "deflate", "gzip", "zstd"})
_LONGEST_HEAD: Final = 4
# What a packed body may be larger than its content: a server that flushes often adds some bytes
# each time. Beyond it are empty blocks and padding, of which there might be no end.
_PACKED_WORSE: Final = 2
_SLACK: Final = 64 * 1024


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
    if len(codings) > 1 or codings[0] not in decoders():
        raise BodyError("uses a content coding that was not asked for")
    return codings[0]


class Unpacker:
    """Undoes ``Content-Encoding``: one layer, as lenient as browsers are."""

    def __init__(self, header: str | None) -> None:
        self._coding = _coding_of(header)
        self._decoder: Decoder | None = None
        self._head = b""  # what is too short to tell its format by, or to tell another member

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """The unpacked pieces that ``raw`` completes, each of bounded size where it was packed."""
        if self._coding is None:
            yield raw
            return
        raw = self._head + raw
        while raw and (decoder := self._decoder_for(raw, self._coding)) is not None:
            self._head = b""
            yield from _decoded(decoder, raw, self._coding)
            raw = decoder.rest

    def _decoder_for(self, raw: bytes, coding: str) -> Decoder | None:
        """What reads on, or begins with ``raw``; None until there is enough to tell that by.

        The data may have several members (RFC 1952, 2.2; RFC 8878, 3). What follows them otherwise
        is padding, which all other clients pass over: it never begins like a member, so that
        ``_head`` stays in front of the rest.
        """
        if self._decoder is not None and (coding == "br" or not self._decoder.is_over):
            return self._decoder  # brotli's refuses more than one member, and padding
        self._head = raw[:_LONGEST_HEAD]
        if self._decoder is None:
            is_beginning = coding != "deflate" or len(raw) > 1
        else:
            is_beginning = coding in NEXT_MEMBER and NEXT_MEMBER[coding].match(raw) is not None
        if not is_beginning:
            return None
        self._decoder = decoders()[coding](raw)
        return self._decoder

    def finish(self) -> None:
        """The body is over; BodyError where there should be more of it."""
        is_half = self._head if self._decoder is None else not self._decoder.is_over
        if is_half:
            raise BodyError(f"ends in the middle of its {self._coding} data")


def _decoded(decoder: Decoder, raw: bytes, coding: str) -> Iterator[bytes]:
    try:
        yield from filter(None, decoder.feed(raw))
    except CodingError:
        pass
    else:
        return
    raise BodyError(f"is not valid {coding}, though that is its content coding")


class BodyReader:
    """Collects a whole body, unpacked, up to ``limit`` bytes."""

    def __init__(self, coding: str | None, limit: int) -> None:
        self._unpacker = Unpacker(coding)
        self._limit = limit
        self._left_packed = _PACKED_WORSE * limit + _SLACK
        self._size = 0
        self._pieces: list[bytes] = []

    def feed(self, raw: bytes) -> None:
        self._left_packed -= len(raw)
        for piece in self._unpacker.feed(raw):
            self._size += len(piece)
            self._pieces.append(piece)
            if self._size > self._limit:
                break
        if self._size > self._limit or self._left_packed < 0:
            raise BodyError(f"is larger than {self._limit} bytes (max_body_bytes)")

    def finish(self) -> bytes:
        self._unpacker.finish()
        return b"".join(self._pieces)
