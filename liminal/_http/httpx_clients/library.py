"""Recognizes clients of httpx and httpx2; translates requests and errors of httpx2.

httpx2 is the maintained successor of httpx, with different classes and the same interface. It is
recognized by structure and never imported here: a caller that has a client has imported it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

import httpx

# What this package uses of such a library, besides its clients.
_NAMES: Final = (
    "AsyncByteStream",
    "ByteStream",
    "Cookies",
    "Headers",
    "HTTPError",
    "HTTPStatusError",
    "QueryParams",
    "Request",
    "ResponseNotRead",
    "SyncByteStream",
    "URL",
)
_AS_IS: Final = nullcontext()


def library_of(client: object, name: str) -> Any:
    """The library whose class ``name`` the client is an instance of, None if there is none."""
    for kind in type(client).__mro__:
        library = sys.modules.get(kind.__module__.partition(".")[0])
        if getattr(library, name, None) is kind and all(hasattr(library, n) for n in _NAMES):
            return library
    return None


def request_for(library: Any, request: httpx.Request) -> Any:
    """The request as one of that library."""
    if library is httpx:
        return request
    return library.Request(
        request.method,
        str(request.url),
        headers=request.headers.raw,
        stream=_body_of(library)(request.stream),
        extensions=request.extensions,
    )


class _Body:
    """The bytes of our request, as a stream of another library."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)


@functools.cache
def _body_of(library: Any) -> type[_Body]:
    """The class of such streams. A new class takes longer than the rest of a request."""
    return type("RequestBody", (_Body, library.SyncByteStream, library.AsyncByteStream), {})


def translated_errors(library: Any) -> AbstractContextManager[None]:
    """Translate the library's errors into those of httpx with the same name."""
    return _AS_IS if library is httpx else _translated_errors(library)


@contextmanager
def _translated_errors(library: Any) -> Generator[None, None, None]:
    try:
        yield
    except library.HTTPError as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        kinds = [getattr(httpx, name, None) for name in names if name != "HTTPStatusError"]
        kind = next(kind for kind in kinds if kind is not None)
        raise kind(str(error)) from error
