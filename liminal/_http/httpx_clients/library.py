"""Tells whether a caller's client is of httpx or httpx2, and translates between httpx2 and httpx.

httpx2 is the maintained successor of httpx, with classes of its own and the same interface. It is
recognized by structure and never imported here: a caller that has a client has imported it.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final, Self

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
    "Response",
    "ResponseNotRead",
    "SyncByteStream",
    "URL",
)


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
    kind = type("RequestBody", (_Body, library.SyncByteStream, library.AsyncByteStream), {})
    return library.Request(
        request.method,
        str(request.url),
        headers=request.headers.raw,
        stream=kind(request.stream),
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


def response_from(library: Any, response: Any, request: httpx.Request) -> httpx.Response:
    """The answer as one of httpx, for our own ``request``. Its bytes come as they are read."""
    if library is httpx:
        found: httpx.Response = response
        return found
    headers = httpx.Headers(response.headers.raw)
    stream: httpx.SyncByteStream | httpx.AsyncByteStream = _Answer(library, response.stream)
    if response.is_stream_consumed:  # by an event hook
        try:
            stream = httpx.ByteStream(response.content)
            headers.pop("content-encoding", None)  # it has been decompressed
        except library.ResponseNotRead:
            pass
    translated = httpx.Response(
        response.status_code,
        headers=headers,
        stream=stream,
        request=request,
        extensions=response.extensions,
    )
    # Reading an answer whose bytes a hook has consumed then raises the error that says so.
    translated.is_stream_consumed = isinstance(stream, _Answer) and response.is_stream_consumed
    return translated


class _Answer(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The bytes of another library's answer, with its errors as those of httpx.

    An iterator, since trio warns of an async generator that is not exhausted.
    """

    def __init__(self, library: Any, stream: Any) -> None:
        self._library = library
        self._stream = stream
        self._parts: Any = None

    def __iter__(self) -> Self:
        self._parts = iter(self._stream)
        return self

    def __next__(self) -> bytes:
        with translated_errors(self._library):
            part: bytes | None = next(self._parts, None)
        if part is None:
            raise StopIteration
        return part

    def close(self) -> None:
        self._stream.close()

    def __aiter__(self) -> Self:
        self._parts = aiter(self._stream)
        return self

    async def __anext__(self) -> bytes:
        with translated_errors(self._library):
            part: bytes | None = await anext(self._parts, None)
        if part is None:
            raise StopAsyncIteration
        return part

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextmanager
def translated_errors(library: Any) -> Generator[None, None, None]:
    """Translate the library's errors into those of httpx with the same name."""
    if library is httpx:
        yield
        return
    try:
        yield
    except library.HTTPError as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        kinds = [getattr(httpx, name, None) for name in names if name != "HTTPStatusError"]
        kind = next(kind for kind in kinds if kind is not None)
        raise kind(str(error)) from error
