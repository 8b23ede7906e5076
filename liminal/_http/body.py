"""The body of an answer, from the client's own pool or from a caller's client: read, drain, close.

The two variants stand side by side. A connection goes back to its pool if the answer was read to
its end, and is closed otherwise. The generators that httpx and httpcore nest under the body of a
caller's client must not be left unfinished, since trio warns of each. Once the connection is
closed, a few more steps end them all.
"""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, Final, Self

import anyio
import httpx

from liminal.errors import LiminalError

from .pool import AsyncBody, Body
from .sockets.blocking_wire import shut_down
from .sockets.clock import Clock
from .sockets.deadlines import check_limit, end_limit, limit_async, limit_sync
from .sockets.monotonic import monotonic

# How much of an unneeded answer is read so that its connection can serve again: more than an error
# page, and less work than a new connection.
DRAIN_BYTES: Final = 64 * 1024
DRAIN_SECONDS: Final = 0.1
# More than can have come in before an answer is left, even in the smallest of chunks.
_PIECES: Final = 64 * 1024


def _stream_of(response: httpx.Response) -> Any:
    """The answer's bytes, also where a hook of a caller's client has read them: httpx kept them."""
    if not response.is_stream_consumed:
        return response.stream
    try:
        content = response.content
    except httpx.ResponseNotRead:
        content = None
    if content is None:
        raise LiminalError(
            "an event hook of the httpx client took the answer's bytes away: it must read them with"
            " read() or aread(), which keep them"
        )
    response.headers.pop("content-encoding", None)  # httpx has unpacked them
    return httpx.ByteStream(content)


class AsyncResponseBody:
    """The body of one answer on asyncio or trio."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._stream = _stream_of(response)
        self._parts: AsyncIterator[bytes] = aiter(self._stream)
        self._ended = False
        self._draining = False

    async def next_part(self) -> bytes | None:
        """The next bytes, None at the end. Raises what httpx raises."""
        part = await anext(self._parts, None)
        self._ended = part is None
        return part

    async def drain(self) -> None:
        """Read what is left, within a bound, so that the connection can serve again; then close."""
        if self._draining:  # another task does
            return
        self._draining = True
        try:
            with suppress(Exception), anyio.move_on_after(DRAIN_SECONDS):  # a loss is no matter
                await self._skip()
        finally:
            await self.close()

    async def _skip(self) -> None:
        size = 0
        while not self._ended and size <= DRAIN_BYTES:
            size += len(await self.next_part() or b"")

    def bounded(self, seconds: float) -> AbstractContextManager[None]:
        """Let the block read for so long, then raise TimeoutError."""
        return limit_async(Clock(call_seconds=seconds, try_seconds=None))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connection back, or close it when there is more to read. Not to be cancelled."""
        self._response.is_closed = True
        if isinstance(self._stream, AsyncBody):
            self._ended = True
            self._stream.close()
            return
        with anyio.CancelScope(shield=True), suppress(Exception):  # nobody can do more about it
            await self._stream.aclose()
        if not self._ended:
            self._ended = True
            await self._end_generators()

    async def _end_generators(self) -> None:
        # Cancelled at once: where many answers share a connection, there still is one to wait for.
        with anyio.CancelScope(shield=True) as scope, suppress(Exception):  # closed is closed
            scope.cancel()
            for _ in range(_PIECES):  # what had come in already is still handed out
                if await anext(self._parts, None) is None:
                    return


class ResponseBody:
    """The body of one answer on a blocking connection. Any thread may close it."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._stream = _stream_of(response)
        self._is_ours = isinstance(self._stream, Body)
        self._parts: Iterator[bytes] = iter(self._stream)
        self._ended = False
        self._reading = False
        self._closing = False
        self._pid = os.getpid()
        # Each to be done by one thread, which takes it out.
        self._to_drain, self._to_release = [True], [True]

    def next_part(self) -> bytes | None:
        """The next bytes, None at the end. Raises what httpx raises."""
        self._reading = True
        try:
            part = None if self._closing else next(self._parts, None)
        finally:
            self._reading = False
            if self._closing:  # by another thread, which has left it to this one
                self._release()
        self._ended = part is None
        if not self._is_ours:
            check_limit()
        return part

    def drain(self) -> None:
        """Read what is left, within a bound, so that the connection can serve again; then close."""
        if not _take(self._to_drain):  # another thread does
            return
        clock = Clock(call_seconds=DRAIN_SECONDS, try_seconds=None)
        try:
            if not self._is_shared:
                with suppress(Exception), self._bounded(clock):  # a loss is no matter
                    self._skip()
        finally:
            end_limit(clock)
            self.close()

    def _skip(self) -> None:
        size, ends = 0, monotonic() + DRAIN_SECONDS
        while not self._ended and size <= DRAIN_BYTES and monotonic() < ends:
            size += len(self.next_part() or b"")

    def bounded(self, seconds: float) -> AbstractContextManager[None]:
        """Let the block read for so long; then raise TimeoutError, or what a loss raises."""
        return self._bounded(Clock(call_seconds=seconds, try_seconds=None))

    def _bounded(self, clock: Clock) -> AbstractContextManager[None]:
        """Our own connections know how; those of a caller's client are cut."""
        if self._is_ours:
            return limit_sync(clock)
        if self._socket is None:
            return nullcontext()
        return _after(clock.left(), self._wake)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back, or close it when there is more to read.

        A socket that another thread waits for must not be closed under it: that would not wake the
        thread, and it might read what belongs to the socket's successor.
        """
        self._closing = True
        if self._reading and _take(self._to_release):  # and the reader can't give it back
            try:
                self._wake()
            finally:
                self._to_release.append(True)
        if not self._reading:
            self._release()

    @property
    def _is_inherited(self) -> bool:
        return self._pid != os.getpid()

    @property
    def _is_shared(self) -> bool:
        """Others use the same connection, so that it is not ours to cut, or to read to the end.

        Other answers come over it; or here is the child of a fork, and its parent reads on.
        """
        return self._is_inherited or not self._response.http_version.startswith("HTTP/1")

    def _wake(self) -> None:
        if self._is_shared:
            return
        if self._is_ours:
            self._stream.wake()
        elif (found := self._socket) is not None:
            shut_down(found)

    @property
    def _socket(self) -> Any:
        """The socket of a connection of a caller's client, where httpx tells it."""
        network_stream = self._response.extensions.get("network_stream")
        return None if network_stream is None else network_stream.get_extra_info("socket")

    def _release(self) -> None:
        if not _take(self._to_release):
            return
        self._response.is_closed = True
        if self._is_ours:
            self._stream.close()
            return
        with suppress(Exception):  # nobody can do more about it
            if self._is_inherited:  # httpcore's locks may never be free in a child
                self._response.extensions["network_stream"].close()
            else:
                self._stream.close()


def _take(task: list[bool]) -> bool:
    """Whether this thread is the one to do it; a single step on a list is atomic."""
    try:
        return task.pop()
    except IndexError:
        return False


@contextmanager
def _after(seconds: float, act: Callable[[], None]) -> Generator[None, None, None]:
    """Act unless the block has ended by then; once it has, nothing happens any more."""
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
