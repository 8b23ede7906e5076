"""Keeps the connections of a client's own pool, at the same cost a request however many there are.

httpcore's own pool looks at every connection it holds, twice a request. Here the one that was used
last serves next, and no other is looked at. The two variants stand side by side. Neither
has a lock: tasks of one loop take turns only where they await; threads, and what the garbage
collector closes in the midst of them, meet at steps on sets and deques, each of which is one.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any, Final, Generic, TypeVar, cast

import anyio
import httpcore
from anyio.lowlevel import checkpoint_if_cancelled

from liminal._calls.call import CALL, Call

from .semaphore import Places

C = TypeVar("C", httpcore.ConnectionInterface, httpcore.AsyncConnectionInterface)

# A process has 1,024 descriptors by default on most systems, and needs some for itself.
MAX_CONNECTIONS: Final = 256
# As in httpx: shorter than the patience of any server with an idle connection that we know of.
KEEPALIVE_SECONDS: Final = 5.0

_NO_PLACE: Final = f"all {MAX_CONNECTIONS} connections are in use"
_CLOSED: Final = "this pool was closed"


class _Idle(Generic[C]):
    """The connections that wait for a request, each with when it began to wait.

    Each step on the deque is one for all threads.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, C]] = deque()

    def add(self, connection: C) -> None:
        self._waiting.append((time.monotonic(), connection))

    def newest(self) -> C | None:
        """Take out the one that was used last."""
        try:
            return self._waiting.pop()[1]
        except IndexError:
            return None

    def expired(self) -> C | None:
        """Take out one that has waited for too long; the oldest stands first."""
        until = time.monotonic() - KEEPALIVE_SECONDS
        try:
            if self._waiting[0][0] >= until:
                return None
            oldest = self._waiting.popleft()
        except IndexError:
            return None
        if oldest[0] < until:
            return oldest[1]
        self._waiting.appendleft(oldest)  # another thread has just taken the one that was seen
        return None


def _can_serve_again(connection: C) -> bool:
    """Its answer was read to the end; one that never came to be calls itself idle as well."""
    return connection.is_idle() and not connection.is_closed() and not _has_more(connection)


def _has_more(connection: Any) -> bool:
    """Something came after the answer's end: the next request would take it for its own answer.

    What comes later makes the idle connection readable, which httpcore notices by itself.
    """
    rest, _ = connection._connection._h11_state.trailing_data  # noqa: SLF001 - nobody else knows
    return bool(rest)


def _check_open(error: BaseException) -> None:
    """A connection is there for one request alone, unless the pool was closed under its hands."""
    if isinstance(error, httpcore.ConnectionNotAvailable):
        raise RuntimeError(_CLOSED) from None  # noqa: TRY004 - as httpx raises it


def _patience(request: httpcore.Request) -> float | None:
    """How long a request may wait for a connection, in seconds."""
    timeout: dict[str, float | None] = cast("Any", request).extensions["timeout"]
    return timeout["pool"]


def _note(request: httpcore.Request, *, queues: bool) -> None:
    """Have the call know what it waits for: its clock may run out before the pool's patience does.

    An error leaves the note as it is, since that is what the call was about when it failed.
    """
    call: Call | None = cast("Any", request).extensions.get(CALL)
    if call is not None:
        call.queues = queues


class _Free:
    """A lock that is always free."""

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


_FREE: Final = _Free()


def _unlock(connection: Any) -> None:
    """Spare a kept connection the locks that httpcore takes at each request, 7 % of a call.

    Nobody else ever waits for them: here a connection serves one request at a time. One that leads
    through a proxy goes on to take its ``_connect_lock``.
    """
    connection._request_lock = _FREE  # noqa: SLF001 - httpcore has no public way
    connection._connection._state_lock = _FREE  # noqa: SLF001 - likewise


class AsyncPool:
    """Connections to one server, for asyncio and trio; ``maker`` says how one is made.

    Takes the place of httpcore's pool beneath an httpx transport.
    """

    def __init__(self, maker: httpcore.AsyncConnectionPool) -> None:
        self._maker = maker
        self._closed = False
        self._places = anyio.Semaphore(MAX_CONNECTIONS, fast_acquire=True)
        self._open: set[httpcore.AsyncConnectionInterface] = set()
        self._idle: _Idle[httpcore.AsyncConnectionInterface] = _Idle()

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send on a free connection, on a new one, or on the next that becomes free."""
        await self._wait_for_place(request)
        connection = None
        try:
            connection = await self._connection(request)
            await checkpoint_if_cancelled()  # nothing else looks before the request is on its way
            response = await connection.handle_async_request(request)
        except BaseException as error:
            await self.leave(connection)
            _check_open(error)
            raise
        response.stream = _AsyncBody(response.stream, self, connection)  # type: ignore[arg-type]
        return response

    async def _wait_for_place(self, request: httpcore.Request) -> None:
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            pass
        else:
            return
        _note(request, queues=True)
        with anyio.move_on_after(_patience(request)):
            await self._places.acquire()
            _note(request, queues=False)
            return
        raise httpcore.PoolTimeout(_NO_PLACE)

    async def _connection(self, request: httpcore.Request) -> httpcore.AsyncConnectionInterface:
        while (connection := self._newest()) is not None:
            if not connection.has_expired():
                return connection
            await self._end(connection)
        connection = self._maker.create_connection(request.url.origin)
        self._open.add(connection)
        return connection

    def _newest(self) -> httpcore.AsyncConnectionInterface | None:
        if self._closed:
            raise RuntimeError(_CLOSED)
        return self._idle.newest()

    async def leave(self, connection: httpcore.AsyncConnectionInterface | None) -> None:
        """Take back the connection of a request that is over, and let the next one in."""
        try:
            if connection is not None:
                await self._keep_or_end(connection)
        finally:
            self._places.release()

    async def _keep_or_end(self, connection: httpcore.AsyncConnectionInterface) -> None:
        if not self._closed and connection in self._open and _can_serve_again(connection):
            _unlock(connection)
            self._idle.add(connection)
        else:
            await self._end(connection)
        while (expired := self._idle.expired()) is not None:
            await self._end(expired)

    async def _end(self, connection: httpcore.AsyncConnectionInterface) -> None:
        self._open.discard(connection)
        with anyio.CancelScope(shield=True):  # it takes no time, and nobody else would do it
            await connection.aclose()

    async def aclose(self) -> None:
        """Close every connection, those in use too, and make no more."""
        self._closed = True
        async with AsyncExitStack() as ends:  # all of them, whichever is interrupted
            for connection in self._open:
                ends.push_async_callback(self._end, connection)


class _AsyncBody:
    """An answer's bytes. Closed, it gives the connection back."""

    def __init__(
        self,
        stream: AsyncIterable[bytes],
        pool: AsyncPool,
        connection: httpcore.AsyncConnectionInterface,
    ) -> None:
        self._stream = stream
        self._pool = pool
        self._connection: httpcore.AsyncConnectionInterface | None = connection

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await self._stream.aclose()  # type: ignore[attr-defined]  # as httpcore's all have it
        finally:
            await self._pool.leave(connection)


class Pool:
    """Connections to one server, for threads; ``maker`` says how one is made.

    Takes the place of httpcore's pool beneath an httpx transport.
    """

    def __init__(self, maker: httpcore.ConnectionPool) -> None:
        self._maker = maker
        self._closed = False
        self.places = Places(MAX_CONNECTIONS)
        self._open: set[httpcore.ConnectionInterface] = set()
        self._idle: _Idle[httpcore.ConnectionInterface] = _Idle()

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send on a free connection, on a new one, or on the next that becomes free."""
        body = _Body(self)
        try:
            self._wait_for_place(request, body)
            body.connection = connection = self._connection(request)
            response = connection.handle_request(request)
        except BaseException as error:
            body.close()
            _check_open(error)
            raise
        body.stream, response.stream = response.stream, body
        return response

    def _wait_for_place(self, request: httpcore.Request, body: _Body) -> None:
        _note(request, queues=True)
        body.has_place = self.places.take(_patience(request))
        if not body.has_place:
            raise httpcore.PoolTimeout(_NO_PLACE)
        _note(request, queues=False)

    def _connection(self, request: httpcore.Request) -> httpcore.ConnectionInterface:
        while (connection := self._newest()) is not None:
            serves = False
            try:
                serves = not connection.is_closed() and not connection.has_expired()
            finally:
                if not serves:
                    self.end(connection)
            if serves:
                return connection
        connection = self._maker.create_connection(request.url.origin)
        self._open.add(connection)
        if self._closed:  # by a thread that may not have seen this one
            self.end(connection)
            raise RuntimeError(_CLOSED)
        return connection

    def _newest(self) -> httpcore.ConnectionInterface | None:
        if self._closed:
            raise RuntimeError(_CLOSED)
        return self._idle.newest()

    def keep(self, connection: httpcore.ConnectionInterface) -> bool:
        """Take back the connection of a request that is over; False when it can't serve again."""
        if self._closed or connection not in self._open or not _can_serve_again(connection):
            return False
        self._idle.add(connection)
        return True

    def end(self, connection: httpcore.ConnectionInterface) -> None:
        """Close a connection for good."""
        self._open.discard(connection)
        connection.close()

    def end_expired(self) -> None:
        """Close those that have waited for too long."""
        while (expired := self._idle.expired()) is not None:
            self.end(expired)

    def close(self) -> None:
        """Close every connection, those in use too, and make no more."""
        self._closed = True
        for connection in self._open.copy():
            self.end(connection)


class _Body:
    """An answer's bytes, and before they come the place and the connection of its request.

    Closed, it gives both back. So it does when nobody has it any more: KeyboardInterrupt can come
    between any two steps.
    """

    stream: Any = None
    connection: httpcore.ConnectionInterface | None = None
    has_place = False
    _pid = 0

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._pid = os.getpid()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.stream)

    def __del__(self) -> None:
        is_closed = self.connection is None and not self.has_place
        if not is_closed and self._pid == os.getpid():  # else it is the parent's
            with suppress(Exception):
                self.close()

    def close(self) -> None:
        is_whole = False  # what has no answer, or was interrupted half-way, is not to serve again
        try:
            if self.stream is not None:
                self.stream.close()
                is_whole = True
        finally:
            try:
                self._leave(is_whole=is_whole)
            finally:
                if self.has_place:
                    self._pool.places.release()
                    self.has_place = False

    def _leave(self, *, is_whole: bool) -> None:
        connection, self.connection = self.connection, None
        if connection is None:
            return
        kept = False
        try:
            kept = is_whole and self._pool.keep(connection)
        finally:
            if not kept:
                self._pool.end(connection)
        self._pool.end_expired()
