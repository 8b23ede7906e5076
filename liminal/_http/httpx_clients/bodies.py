"""The bodies of answers that come over a caller's client, or from a wrapper of httpx's transport.

The generators that httpx and httpcore nest under such a body must not be left unfinished, since
trio warns of each. Once the connection is closed, a few more steps end them all.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, Final

import anyio
import httpx

from liminal._http.body import LOST, AsyncResponseBody, ResponseBody
from liminal._http.sockets.blocking_wire import shut_down
from liminal._http.sockets.deadline import Deadline
from liminal._http.sockets.limits import check_limit
from liminal.errors import LiminalError

from .library import translated_errors

# More pieces than can have been buffered when an answer is abandoned, even if each is tiny.
_PIECES: Final = 64 * 1024
_TAKEN: Final = (
    "an event hook or a wrapper of httpx's transport has consumed the answer: it must read it with"
    " read() or aread(), which keep the content"
)


def with_body(
    body: AsyncUserBody | UserBody, response: Any, request: httpx.Request
) -> httpx.Response:
    """The answer to our ``request`` as one of httpx, with this body."""
    headers = httpx.Headers(response.headers.raw)
    if response.is_stream_consumed:
        headers.pop("content-encoding", None)  # the library has unpacked them
    return httpx.Response(
        response.status_code,
        headers=headers,
        stream=body,
        request=request,
        extensions=response.extensions,
    )


def _stream_of(response: Any, library: Any) -> Any:
    """The answer's bytes, also if an event hook has read them; None if it has not kept them."""
    if not response.is_stream_consumed:
        return response.stream
    try:
        return library.ByteStream(response.content)
    except library.ResponseNotRead:
        return None


class AsyncUserBody(AsyncResponseBody):
    """Such a body on asyncio or trio."""

    def __init__(self, response: Any, library: Any = httpx) -> None:
        self._response = response
        self._library = library
        stream = _stream_of(response, library)
        self._parts: AsyncIterator[bytes] | None = None if stream is None else aiter(stream)

    async def next_part(self) -> bytes | None:
        if self._parts is None:
            raise LiminalError(_TAKEN)
        part = None
        if not (self.ended or self._closed):
            with translated_errors(self._library):
                part = await anext(self._parts, None)
        if part is None and not self.ended:
            if self._closed:  # a connection that is closed looks as one that the server has ended
                raise httpx.ReadError(LOST)
            self.ended = True
        return part

    async def aclose(self) -> None:
        is_left = not (self.ended or self._closed)
        self._closed = True
        with anyio.CancelScope(shield=True), suppress(Exception):  # closing is best effort
            await self._response.aclose()
        if is_left and self._parts is not None:
            await self._end_generators(self._parts)

    async def _end_generators(self, parts: AsyncIterator[bytes]) -> None:
        # Cancelled at once, or over HTTP/2 it would wait for a connection that other answers use.
        with anyio.CancelScope(shield=True) as scope, suppress(Exception):  # best effort
            scope.cancel()
            for _ in range(_PIECES):  # buffered pieces come first
                if await anext(parts, None) is None:
                    return


class UserBody(ResponseBody):
    """Such a body on a blocking connection."""

    def __init__(self, response: Any, library: Any = httpx) -> None:
        super().__init__()
        self._response = response
        self._library = library
        stream = _stream_of(response, library)
        self._parts: Iterator[bytes] | None = None if stream is None else iter(stream)

    def _next_part(self) -> bytes | None:
        if self._parts is None:
            raise LiminalError(_TAKEN)
        with translated_errors(self._library):
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
        with suppress(Exception):  # closing is best effort
            if super()._is_shared:  # in a child, httpcore's locks may be held forever
                self._response.extensions["network_stream"].close()
            else:
                self._response.close()


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
