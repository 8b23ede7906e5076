"""Keeps the connections of a client's own pool, at the same cost a request however many there are.

httpcore's own pool looks at every connection it holds, twice a request. Here the one that was used
last serves next, and no other is looked at. The two variants stand side by side: tasks of one loop
take turns only where they await, threads anywhere.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack
from typing import Any, Final, Generic, TypeVar, cast

import anyio
import httpcore
from anyio.lowlevel import checkpoint_if_cancelled

from ._places import Places

C = TypeVar("C", httpcore.ConnectionInterface, httpcore.AsyncConnectionInterface)

# A process has 1,024 descriptors by default on most systems, and needs some for itself.
MAX_CONNECTIONS: Final = 256
# As in httpx: shorter than the patience of any server with an idle connection that we know of.
KEEPALIVE_SECONDS: Final = 5.0

_NO_PLACE: Final = f"all {MAX_CONNECTIONS} connections are in use"
_CLOSED: Final = "this pool was closed"


class _Idle(Generic[C]):
    """The connections that wait for a request, each with when it began to wait."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, C]] = deque()

    def add(self, connection: C) -> None:
        self._waiting.append((time.monotonic(), connection))

    def newest(self) -> C | None:
        """Take out the one that was used last."""
        return self._waiting.pop()[1] if self._waiting else None

    def expired(self) -> C | None:
        """Take out one that has waited for too long; the oldest stands first."""
        if self._waiting and self._waiting[0][0] < time.monotonic() - KEEPALIVE_SECONDS:
            return self._waiting.popleft()[1]
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
        await self._wait_for_place(_patience(request))
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

    async def _wait_for_place(self, seconds: float | None) -> None:
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            pass
        else:
            return
        with anyio.move_on_after(seconds):
            await self._places.acquire()
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
        self._places = Places(MAX_CONNECTIONS)
        self._lock = threading.Lock()
        self._open: set[httpcore.ConnectionInterface] = set()
        self._idle: _Idle[httpcore.ConnectionInterface] = _Idle()

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send on a free connection, on a new one, or on the next that becomes free."""
        if not self._places.take(_patience(request)):
            raise httpcore.PoolTimeout(_NO_PLACE)
        connection = None
        try:
            connection = self._connection(request)
            response = connection.handle_request(request)
        except BaseException as error:
            self.leave(connection)
            _check_open(error)
            raise
        response.stream = _Body(response.stream, self, connection)  # type: ignore[arg-type]
        return response

    def _connection(self, request: httpcore.Request) -> httpcore.ConnectionInterface:
        while (connection := self._newest()) is not None:
            if not connection.has_expired():
                return connection
            self._end(connection)
        connection = self._maker.create_connection(request.url.origin)
        with self._lock:
            if self._closed:
                raise RuntimeError(_CLOSED)
            self._open.add(connection)
        return connection

    def _newest(self) -> httpcore.ConnectionInterface | None:
        with self._lock:
            if self._closed:
                raise RuntimeError(_CLOSED)
            return self._idle.newest()

    def leave(self, connection: httpcore.ConnectionInterface | None) -> None:
        """Take back the connection of a request that is over, and let the next one in."""
        try:
            if connection is not None:
                self._keep_or_end(connection)
        finally:
            self._places.release()

    def _keep_or_end(self, connection: httpcore.ConnectionInterface) -> None:
        with self._lock:
            kept = not self._closed and connection in self._open and _can_serve_again(connection)
            if kept:
                self._idle.add(connection)
        if not kept:
            self._end(connection)
        while (expired := self._expired()) is not None:
            self._end(expired)

    def _expired(self) -> httpcore.ConnectionInterface | None:
        with self._lock:
            return self._idle.expired()

    def _end(self, connection: httpcore.ConnectionInterface) -> None:
        with self._lock:
            self._open.discard(connection)
        connection.close()

    def close(self) -> None:
        """Close every connection, those in use too, and make no more."""
        with self._lock:
            self._closed = True
            left = tuple(self._open)
        for connection in left:
            self._end(connection)


class _Body:
    """An answer's bytes. Closed, it gives the connection back."""

    def __init__(
        self, stream: Iterable[bytes], pool: Pool, connection: httpcore.ConnectionInterface
    ) -> None:
        self._stream = stream
        self._pool = pool
        self._connection: httpcore.ConnectionInterface | None = connection

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            self._stream.close()  # type: ignore[attr-defined]  # as httpcore's all have it
        finally:
            self._pool.leave(connection)
