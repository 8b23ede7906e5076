"""Decodes the body of an answer piece by piece, within a size limit. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from .codings import NEXT_MEMBER, CodingError, Decoder, decoders

# The codings of RFC 9110, 8.4.1 and its registry. Any other name, such as `utf-8`, is a server's
# mistake, and the bytes are plain.
_CODINGS: Final = frozenset({"br", "compress", "dcb", "dcz", "deflate", "gzip", "zstd"})
_LONGEST_HEAD: Final = 4
# How much larger than its content an encoded body may be: each flush of the server adds some bytes.
# Without a limit, empty blocks and padding could go on forever.
_MAX_EXPANSION: Final = 2
_EXTRA_BYTES: Final = 64 * 1024


class BodyError(Exception):
    """A malformed or oversized body. The message fits after "the body"."""


# A proxy that compresses a compressed body adds a layer. Each may multiply the work, so urllib3 has
# the same limit.
_MOST_LAYERS: Final = 5


def _codings_of(header: str) -> list[str]:
    """The codings to decode, in the order in which they were applied; none for plain bytes."""
    names = [name.strip().lower().removeprefix("x-") for name in header.split(",")]
    codings = [name for name in names if name in _CODINGS]
    if not decoders().keys() >= set(codings):
        raise BodyError("uses a content coding that was not requested")
    if len(codings) > _MOST_LAYERS:
        raise BodyError(f"has more than {_MOST_LAYERS} layers of content coding")
    return codings


class ContentDecoder:
    """Decodes the layers of ``Content-Encoding``, as leniently as browsers do."""

    def __init__(self, header: str) -> None:
        self._layers = [_Layer(coding) for coding in reversed(_codings_of(header))]

    @property
    def most_encoded(self) -> int:
        """The largest number of bytes that any layer was given."""
        return max((layer.taken for layer in self._layers), default=0)

    def feed(self, raw: bytes) -> Iterable[bytes]:
        """The decoded pieces that ``raw`` completes; the size of each is bounded."""
        pieces: Iterable[bytes] = (raw,)
        for layer in self._layers:
            pieces = chain.from_iterable(map(layer.feed, pieces))
        return pieces

    def finish(self) -> None:
        """End the body; BodyError if it is incomplete."""
        for layer in self._layers:
            layer.finish()


class _Layer:
    """One coding's layer of a body."""

    def __init__(self, coding: str) -> None:
        self.taken = 0
        self._coding = coding
        self._decoder: Decoder | None = None
        self._head = b""  # too short to detect the format, or whether another member follows

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """The decoded pieces that ``raw`` completes."""
        self.taken += len(raw)
        raw = self._head + raw
        while raw and (decoder := self._decoder_for(raw, self._coding)) is not None:
            self._head = b""
            yield from _decoded(decoder, raw, self._coding)
            raw = decoder.rest

    def _decoder_for(self, raw: bytes, coding: str) -> Decoder | None:
        """The decoder that continues with ``raw`` or starts at it; None if that is not known yet.

        The data may have several members (RFC 1952, 2.2; RFC 8878, 3). Anything else after them is
        padding, which other clients ignore as well. It never begins like a member, so ``_head``
        stays in front of the rest.
        """
        if self._decoder is not None and (coding == "br" or not self._decoder.is_over):
            return self._decoder  # brotli's decoder rejects further members and padding
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
        """End the layer; BodyError if it is incomplete."""
        is_incomplete = self._head if self._decoder is None else not self._decoder.is_over
        if is_incomplete:
            raise BodyError(f"ends in the middle of its {self._coding} data")


def _decoded(decoder: Decoder, raw: bytes, coding: str) -> Iterator[bytes]:
    try:
        yield from filter(None, decoder.feed(raw))
    except CodingError:
        pass
    else:
        return
    raise BodyError(f"is not valid {coding}, which is its content coding")


class BodyReader:
    """Collects a decoded body of up to ``limit`` bytes. ``coding`` is its ``Content-Encoding``."""

    def __init__(self, coding: str | None, limit: int) -> None:
        self._decoder = ContentDecoder(coding) if coding else None
        self._limit = limit
        self._size = 0
        self._pieces: list[bytes] = []

    def feed(self, raw: bytes) -> None:
        """Add more of the body; BodyError when it is malformed or becomes too large."""
        decoder = self._decoder
        for piece in (raw,) if decoder is None else decoder.feed(raw):
            self._size += len(piece)
            self._pieces.append(piece)
            if self._size > self._limit:
                break
        most_encoded = 0 if decoder is None else decoder.most_encoded
        if self._size > self._limit or most_encoded > _MAX_EXPANSION * self._limit + _EXTRA_BYTES:
            raise BodyError(f"is larger than {self._limit} bytes (max_body_bytes)")

    def finish(self) -> bytes:
        if self._decoder is not None:
            self._decoder.finish()
        return b"".join(self._pieces)
