"""A streamed answer as an httpx response, which ``client.api`` opens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

import httpx

from liminal._calls.discreet import discreet_async
from liminal._calls.failures import invalid, shut_down, transport_failure
from liminal._http.body import AsyncResponseBody
from liminal._http.loops import Loop  # derive: async-only

if TYPE_CHECKING:
    from liminal._calls.call import Call
    from liminal.errors import RequestError
    from liminal_api.types import Operation, RequestKwargs

T = TypeVar("T")


class StreamOpener(Protocol):
    """Makes the call of a stream: the client's ``api``."""

    def begin(self, operation: Operation[Any], request: RequestKwargs) -> Call: ...
    async def open_stream(self, call: Call) -> httpx.Response: ...


class OpenStream:
    """A ``with`` block around the answer. Its end closes what was not read."""

    def __init__(
        self, begin: Callable[[], Call], head: Callable[[Call], Awaitable[httpx.Response]]
    ) -> None:
        self._begin = begin
        self._head = head

    @discreet_async
    async def __aenter__(self) -> httpx.Response:
        call = self._begin()
        try:
            opened = await self._head(call)
        except BaseException as error:
            if call.observation is not None:
                call.observation.ends(call, error, is_stream=True)
            raise
        raw = AsyncResponseBody.of(opened)
        self._response = _Response(
            opened.status_code,
            headers=opened.headers,
            stream=_Translated(call, raw, opened.headers),
            # The one that was sent holds the session and the prompt.
            request=httpx.Request(call.operation.method, opened.request.url),
            extensions=opened.extensions,
        )
        return self._response

    async def __aexit__(self, *_: object) -> None:
        await self._response.aclose()
        if self._response.parts is not None:  # trio warns of a generator that is not exhausted
            await self._response.parts.aclose()


class _Translated(httpx.AsyncByteStream):
    """A streamed body that turns httpx's errors into ours."""

    def __init__(self, call: Call, raw: AsyncResponseBody, headers: httpx.Headers) -> None:
        self._call = call
        self._headers = headers
        self._raw = raw
        self._error: RequestError | None = None
        self._ended = False
        self._loop = Loop()  # derive: async-only

    def __aiter__(self) -> Self:  # not a generator: trio warns of one that is not exhausted
        return self

    async def __anext__(self) -> bytes:
        failure = None
        try:
            part = await self._next_part()
        except httpx.HTTPError as error:
            failure, part = transport_failure(error, self._call), None
        except RuntimeError as error:
            failure, part = shut_down(error, self._call), None
        if failure is not None:
            self._error = failure.error
            raise failure.error
        if part is None:
            self._ended = True
            raise StopAsyncIteration
        if self._call.observation is not None:
            self._call.observation.bytes_received += len(part)
            self._call.observation.has_chunk()
        return part

    async def _next_part(self) -> bytes | None:
        if not self._loop.is_here:  # derive: async-only
            # asyncio says this itself, in these words; trio may wait forever.
            raise RuntimeError("different loop")
        return await self._raw.next_part()

    def undecodable(self) -> RequestError:
        """The error for a body that its content coding does not fit."""
        problem = "the body is not valid in its content coding"
        self._error = invalid(self._call.context, self._headers, None, problem)
        return self._error

    async def aclose(self) -> None:
        await self._raw.aclose()
        if self._call.observation is not None:
            cancelled = self._error is None and not self._ended
            self._call.observation.ends(
                self._call, self._error, cancelled=cancelled, is_stream=True
            )


class _Response(httpx.Response):
    """Keeps the content out of errors raised while reading."""

    parts: _Parts[bytes] | None = None

    def aiter_raw(self, chunk_size: int | None = None) -> _Parts[bytes]:
        self.parts = _Parts(super().aiter_raw(chunk_size), self.stream)
        return self.parts

    def aiter_bytes(self, chunk_size: int | None = None) -> _Parts[bytes]:
        return _Parts(super().aiter_bytes(chunk_size), self.stream)

    def aiter_text(self, chunk_size: int | None = None) -> _Parts[str]:
        return _Parts(super().aiter_text(chunk_size), self.stream)

    def aiter_lines(self) -> _Parts[str]:
        return _Parts(super().aiter_lines(), self.stream)

    @discreet_async
    async def aread(self) -> bytes:
        return await super().aread()


class _Parts(Generic[T]):
    def __init__(self, parts: AsyncIterator[T], stream: Any) -> None:
        self._parts: Any = parts  # a generator, which can be closed
        self._translated: _Translated = stream

    def __aiter__(self) -> Self:
        return self

    @discreet_async
    async def __anext__(self) -> T:
        try:
            part: T = await anext(self._parts)
        except httpx.DecodingError:
            pass
        else:
            return part
        # Outside the except block, so that httpx's error is not its context.
        raise self._translated.undecodable()

    async def aclose(self) -> None:
        await self._parts.aclose()
