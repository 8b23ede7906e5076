"""A streamed answer as an httpx response, which ``client.api`` opens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import httpx

from liminal._calls.discreet import discreet_async
from liminal.errors import RequestError

from .body import StreamBody

if TYPE_CHECKING:
    from liminal._calls.call import Call
    from liminal_api.types import Operation, RequestKwargs

    from .turn import StreamApi

T = TypeVar("T")


class OpenStream:
    """A ``with`` block around the answer. Its end closes what was not read."""

    def __init__(self, api: StreamApi, operation: Operation[Any], request: RequestKwargs) -> None:
        self._api = api
        self._operation = operation
        self._request = request

    @discreet_async
    async def __aenter__(self) -> httpx.Response:
        call = self._api.begin(self._operation, self._request)
        try:
            opened = await self._api.open_stream(call)
        except BaseException as error:
            if call.observation is not None:
                call.observation.ends(call, error, is_stream=True)
            raise
        headers = opened.headers.copy()
        if "content-encoding" in headers:  # the stream decodes it
            del headers["content-encoding"]
            headers.pop("content-length", None)
        self._response = _Response(
            opened.status_code,
            headers=headers,
            stream=_Stream(call, opened),
            # The one that was sent holds the session and the prompt.
            request=httpx.Request(call.operation.method, opened.request.url),
            extensions=opened.extensions,
        )
        return self._response

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._response.aclose()
        finally:
            for parts in self._response.iterations:
                with suppress(RuntimeError, ValueError):  # another task or thread is still in it
                    await parts.aclose()


class _Stream(httpx.AsyncByteStream):
    """The body as httpx reads it."""

    def __init__(self, call: Call, response: httpx.Response) -> None:
        self._call = call
        self._body = StreamBody(call, response)
        self._error: RequestError | None = None
        self._ended = False

    def __aiter__(self) -> Self:  # not a generator: trio warns of one that is not exhausted
        return self

    async def __anext__(self) -> bytes:
        try:
            data = await self._body.next_bytes()
        except RequestError as error:
            self._error = error
            raise
        if data is None:
            self._ended = True
            raise StopAsyncIteration
        if self._call.observation is not None:
            self._call.observation.note_chunk()
        return data

    async def aclose(self) -> None:
        await self._body.encoded.aclose()
        if self._call.observation is not None:
            cancelled = self._error is None and not self._ended
            self._call.observation.ends(
                self._call, self._error, cancelled=cancelled, is_stream=True
            )


class _Response(httpx.Response):
    """Keeps the content out of errors raised while reading."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Kept to be closed: trio warns of a generator that is dropped before its end.
        self.iterations: list[_Parts[Any]] = []

    def aiter_raw(self, chunk_size: int | None = None) -> _Parts[bytes]:
        return self._parts(super().aiter_raw(chunk_size))

    def aiter_bytes(self, chunk_size: int | None = None) -> _Parts[bytes]:
        return self._parts(super().aiter_bytes(chunk_size))

    def aiter_text(self, chunk_size: int | None = None) -> _Parts[str]:
        return self._parts(super().aiter_text(chunk_size))

    def aiter_lines(self) -> _Parts[str]:
        return self._parts(super().aiter_lines())

    def _parts(self, parts: AsyncIterator[T]) -> _Parts[T]:
        iteration = _Parts(parts)
        self.iterations.append(iteration)
        return iteration

    @discreet_async
    async def aread(self) -> bytes:
        return await super().aread()


class _Parts(Generic[T]):
    def __init__(self, parts: AsyncIterator[T]) -> None:
        self._parts: Any = parts  # a generator, which can be closed

    def __aiter__(self) -> Self:
        return self

    @discreet_async
    async def __anext__(self) -> T:
        part: T = await anext(self._parts)
        return part

    async def aclose(self) -> None:
        await self._parts.aclose()
