"""The bodies of answers that come over a caller's client, or from a wrapper of httpx's transport.

The generators that httpx and httpcore nest under such a body must not be left unfinished, since
trio warns of each. Once the connection is closed, a few more steps end them all.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, Final, Self

import anyio
import httpx

from liminal._http.body import LOST, AsyncResponseBody, ResponseBody
from liminal._http.sockets.blocking_wire import shut_down
from liminal._http.sockets.deadline import Deadline
from liminal._http.sockets.limits import check_limit
from liminal.errors import LiminalError

# More pieces than can have been buffered when an answer is abandoned, even if each is tiny.
_PIECES: Final = 64 * 1024
_TAKEN: Final = (
    "an event hook of the httpx client took the answer's bytes away: it must read them with"
    " read() or aread(), which keep them"
)


def _stream_of(response: httpx.Response) -> Any:
    """The answer's bytes, also if an event hook has read them, since httpx then keeps them."""
    if not response.is_stream_consumed:
        return response.stream
    try:
        content = response.content
    except httpx.ResponseNotRead:
        content = None
    if content is None:
        return _Taken(response)
    response.headers.pop("content-encoding", None)  # httpx has unpacked them
    return httpx.ByteStream(content)


class _Taken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """In place of bytes that a hook took away. What the hook has left open is closed with it."""

    def __init__(self, response: httpx.Response) -> None:
        self._stream: Any = response.stream

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        raise LiminalError(_TAKEN)

    def close(self) -> None:
        self._stream.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        raise LiminalError(_TAKEN)

    async def aclose(self) -> None:
        await self._stream.aclose()


def with_async_body(response: httpx.Response) -> httpx.Response:
    """The same answer, with an ``AsyncUserBody`` for its stream."""
    response.stream = AsyncUserBody(response)
    response.is_stream_consumed = False
    return response


def with_body(response: httpx.Response) -> httpx.Response:
    """The same answer, with a ``UserBody`` for its stream."""
    response.stream = UserBody(response)
    response.is_stream_consumed = False
    return response


class AsyncUserBody(AsyncResponseBody):
    """Such a body on asyncio or trio."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._stream = _stream_of(response)
        self._parts: AsyncIterator[bytes] = aiter(self._stream)
        self._ended = self._closed = False

    async def next_part(self) -> bytes | None:
        part = None if self._ended or self._closed else await anext(self._parts, None)
        if part is None and not self._ended:
            if self._closed:  # a connection that is closed looks as one that the server has ended
                raise httpx.ReadError(LOST)
            self._ended = True
        return part

    async def aclose(self) -> None:
        is_left = not (self._ended or self._closed)
        self._response.is_closed = self._closed = True
        with anyio.CancelScope(shield=True), suppress(Exception):  # closing is best effort
            await self._stream.aclose()
        if is_left:
            await self._end_generators()

    async def _end_generators(self) -> None:
        # Cancelled at once, or over HTTP/2 it would wait for a connection that other answers use.
        with anyio.CancelScope(shield=True) as scope, suppress(Exception):  # best effort
            scope.cancel()
            for _ in range(_PIECES):  # buffered pieces come first
                if await anext(self._parts, None) is None:
                    return


class UserBody(ResponseBody):
    """Such a body on a blocking connection."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self._response = response
        self._stream = _stream_of(response)
        self._parts: Iterator[bytes] = iter(self._stream)

    def _next_part(self) -> bytes | None:
        part = next(self._parts, None)
        check_limit()
        return part

    def _bounded(self, deadline: Deadline) -> AbstractContextManager[None]:
        """Cut the connection at the deadline, since httpcore's reads don't know our limits."""
        if self._socket is None:
            return nullcontext()
        return _after(deadline.left(), self._cut)

    @property
    def _is_shared(self) -> bool:
        """Also when other answers come over the same connection."""
        return super()._is_shared or not self._response.http_version.startswith("HTTP/1")

    def _wake(self) -> None:
        if (found := self._socket) is not None:
            shut_down(found)

    @property
    def _socket(self) -> Any:
        """The connection's socket, or None if httpx doesn't expose it."""
        network_stream = self._response.extensions.get("network_stream")
        return None if network_stream is None else network_stream.get_extra_info("socket")

    def _give_back(self) -> None:
        self._response.is_closed = True
        with suppress(Exception):  # closing is best effort
            if super()._is_shared:  # in a child, httpcore's locks may be held forever
                self._response.extensions["network_stream"].close()
            else:
                self._stream.close()


@contextmanager
def _after(seconds: float, act: Callable[[], None]) -> Generator[None, None, None]:
    """Call ``act`` after ``seconds``, unless the block has ended by then."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    with suppress(RuntimeError):  # no more threads: the interpreter ends, or there are too many
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if timer.ident is not None:
            timer.join()
