"""The content codings that this process can decode within a size limit. No I/O.

``gzip`` and ``deflate`` always; ``br`` and ``zstd`` where a library for them is installed.
"""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final, Protocol

# Bytes decoded at a time, which bounds the damage of a decompression bomb.
_PIECE: Final = 64 * 1024

_GZIP_WBITS: Final = 31  # a window of 15 bits, plus 16 for gzip's header and trailer
_ZLIB_WBITS: Final = 15
_RAW_WBITS: Final = -15
# RFC 9659: the largest window that a `zstd` decoder must support.
_ZSTD_WINDOW_LOG: Final = 23
# Four bytes of zstd data may decode to 128 KiB, and `zstandard` does not limit its output.
_ZSTANDARD_SLICE: Final = 32

# How a further member begins: RFC 1952, 2.3.1; RFC 8878, 3.1, including a skippable frame.
NEXT_MEMBER: Final = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
}


class CodingError(Exception):
    """The data are malformed. No details: the messages of the libraries may quote the data."""


class Decoder(Protocol):
    """Decodes one member. Bytes after its end are kept in ``rest``."""

    rest: bytes

    @property
    def is_over(self) -> bool:
        """Whether the end of the member was reached."""
        ...

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """The pieces that ``raw`` completes, each at most one MiB. Raises CodingError."""
        ...


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._inflater = zlib.decompressobj(wbits)
        self.rest = b""

    @property
    def is_over(self) -> bool:
        return self._inflater.eof

    def feed(self, raw: bytes) -> Iterator[bytes]:
        while piece := _try(self._inflater.decompress, raw, _PIECE, error=zlib.error):
            yield piece
            raw = self._inflater.unconsumed_tail
        self.rest = self._inflater.unused_data


class _Brotli:
    """Brotli. Its libraries reject bytes after the end, and so do other clients."""

    rest = b""

    def __init__(self, library: Any) -> None:
        self._inflater = library.Decompressor()
        self._error = library.error

    @property
    def is_over(self) -> bool:
        return bool(self._inflater.is_finished())

    def feed(self, raw: bytes) -> Iterator[bytes]:
        process = functools.partial(self._inflater.process, output_buffer_limit=_PIECE)
        piece = _try(process, raw, error=self._error)
        yield piece
        # The library consumes all of its input before it has produced all of the output.
        while not self.is_over and (piece or not self._inflater.can_accept_more_data()):
            piece = _try(process, b"", error=self._error)
            yield piece


class _Zstd:
    """Python's own library, or its backport."""

    def __init__(self, library: Any) -> None:
        options = {library.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
        self._inflater = library.ZstdDecompressor(options=options)
        self._error = library.ZstdError
        self.rest = b""

    @property
    def is_over(self) -> bool:
        return bool(self._inflater.eof)

    def feed(self, raw: bytes) -> Iterator[bytes]:
        yield _try(self._inflater.decompress, raw, _PIECE, error=self._error)
        while not self._inflater.needs_input and not self._inflater.eof:
            yield _try(self._inflater.decompress, b"", _PIECE, error=self._error)
        self.rest = self._inflater.unused_data


class _Zstandard:
    """The library that httpx uses."""

    def __init__(self, library: Any) -> None:
        decompressor = library.ZstdDecompressor(max_window_size=2**_ZSTD_WINDOW_LOG)
        self._inflater = decompressor.decompressobj(write_size=_PIECE)
        self._error = library.ZstdError
        self.rest = b""

    @property
    def is_over(self) -> bool:
        return bool(self._inflater.eof)

    def feed(self, raw: bytes) -> Iterator[bytes]:
        for start in range(0, len(raw), _ZSTANDARD_SLICE):
            end = start + _ZSTANDARD_SLICE
            yield _try(self._inflater.decompress, raw[start:end], error=self._error)
            if self._inflater.eof:
                self.rest = self._inflater.unused_data + raw[end:]
                return


def _try(step: Callable[..., Any], *args: object, error: type[Exception]) -> bytes:
    try:
        return bytes(step(*args))
    except error:
        pass
    raise CodingError


def _gzip(_raw: bytes) -> Decoder:
    return _Zlib(_GZIP_WBITS)


def _deflate(raw: bytes) -> Decoder:
    """``deflate`` means the zlib format (RFC 9110, 8.4.1.2), but some servers send raw deflate."""
    method, flags = raw[:2]  # RFC 1950, 2.2: the method is 8, and both bytes make a multiple of 31
    is_zlib = method & 0x0F == 8 and (method * 256 + flags) % 31 == 0
    return _Zlib(_ZLIB_WBITS if is_zlib else _RAW_WBITS)


_LIBRARIES: Final[dict[str, tuple[tuple[str, Callable[[Any], Decoder]], ...]]] = {
    "br": (("brotli", _Brotli), ("brotlicffi", _Brotli)),
    "zstd": (("compression.zstd", _Zstd), ("backports.zstd", _Zstd), ("zstandard", _Zstandard)),
}


@functools.cache
def decoders() -> dict[str, Callable[[bytes], Decoder]]:
    """The supported codings, each with a factory that takes the first bytes of the data."""
    found: dict[str, Callable[[bytes], Decoder]] = {"gzip": _gzip, "deflate": _deflate}
    for coding, libraries in _LIBRARIES.items():
        for name, kind in libraries:
            make = _maker(name, kind)
            if make is not None:
                found[coding] = make
                break
    return found


def _maker(name: str, kind: Callable[[Any], Decoder]) -> Callable[[bytes], Decoder] | None:
    """None if the library is missing, or too old to limit its output, such as brotli before 1.2."""
    try:
        library = import_module(name)
        for _ in kind(library).feed(b""):
            pass
    except (ImportError, AttributeError, TypeError):
        return None
    return lambda _raw: kind(library)


@functools.cache
def accept_encoding() -> str:
    """The ``Accept-Encoding`` of a request. ``deflate`` is ambiguous: decoded, never requested."""
    return ", ".join(coding for coding in decoders() if coding != "deflate")
