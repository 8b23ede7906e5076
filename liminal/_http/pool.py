"""Keeps the connections of a client, at the same cost a request however many there are.

The connection that was used last serves next. The two variants stand side by side. Neither has a
lock: tasks of one loop switch only where they await; threads, and finalizers that run in the middle
of them, share only deques and lists, whose single steps are atomic.
"""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from typing import Final, Generic, Self, TypeVar

import anyio
import httpx
from anyio.lowlevel import checkpoint_if_cancelled

from .connection import AsyncConnection, Connection, OpenWire, Timeouts
from .exchange import Head
from .idle import KEEPALIVE_SECONDS, Idle
from .route import Route
from .sockets.clock import PROGRESS, Progress
from .sockets.semaphore import Holder, Semaphore

C = TypeVar("C", Connection, AsyncConnection)

# A process has 1,024 descriptors by default on most systems, and needs some for itself.
MAX_CONNECTIONS: Final = 256
# Some servers close idle connections after less than KEEPALIVE_SECONDS. A connection that closes
# just as a request is sent leaves in doubt whether it was carried out, so a request that must not
# be sent twice uses no connection that was idle for longer than this.
FRESH_SECONDS: Final = 1.0

_NO_PLACE: Final = f"all {MAX_CONNECTIONS} connections are in use"
_CLOSED: Final = "this pool was closed"
_LOST: Final = "this answer's connection was closed before its end"


class _AnyPool(Generic[C]):
    """The parts that both variants share, none of which waits."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._closed = False
        # All open connections; one that an interruption left without an owner closes by itself.
        self._open: weakref.WeakSet[C] = weakref.WeakSet()
        self._idle: Idle[C] = Idle()

    def _kept(self, held: list[C], progress: Progress | None) -> bool:
        """Move a connection that can serve to ``held``; False when one has to be made."""
        seconds = FRESH_SECONDS if progress and not progress.repeatable else KEEPALIVE_SECONDS
        while not self._closed and self._idle.newest(held, seconds):
            if held[-1].is_idle:
                return True
            self.end(held)
        self._check_open()
        return False

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(_CLOSED)

    def _add(self, held: list[C]) -> None:
        """Take note of a new connection."""
        self._open.add(held[-1])
        self._check_open()  # another thread may not have seen this one

    def leave(self, held: list[C], *, is_whole: bool) -> None:
        """Take back the connection of a request that is over, if it can serve again."""
        if held:
            if is_whole and not self._closed and held[-1].renew():
                self._idle.add(held)
            else:
                self.end(held)
        gone: list[C] = []
        while self._idle.expired(gone):
            self.end(gone)

    def end(self, held: list[C]) -> None:
        """Close a connection for good."""
        connection = held[-1]
        connection.close()
        self._open.discard(connection)
        held.clear()

    def close(self) -> None:
        """Close every connection, those in use too, and make no more."""
        self._closed = True
        while True:
            try:
                for connection in tuple(self._open):
                    connection.close()
                return
            except RuntimeError:  # a thread has just added one
                continue


def _about(request: httpx.Request) -> tuple[Timeouts, Progress | None]:
    return request.extensions["timeout"], request.extensions.get(PROGRESS)


class AsyncPool(_AnyPool[AsyncConnection]):
    """Connections to one server, for asyncio and trio."""

    def __init__(self, route: Route, open_wire: OpenWire) -> None:
        super().__init__(route)
        self._open_wire = open_wire
        self._places = anyio.Semaphore(MAX_CONNECTIONS, fast_acquire=True)

    async def send(self, request: httpx.Request) -> tuple[Head, AsyncBody]:
        """Send on a free connection, on a new one, or on the next that becomes free."""
        timeouts, progress = _about(request)
        await self._wait_for_place(timeouts["pool"], progress)
        body = AsyncBody(self, timeouts)
        try:
            if not self._kept(body.held, progress):
                await self._connect(body.held, timeouts)
            await checkpoint_if_cancelled()  # nothing else looks before the request is on its way
            return await body.held[-1].ask(request, timeouts, progress), body
        except BaseException:
            body.close()
            raise

    async def _wait_for_place(self, seconds: float | None, progress: Progress | None) -> None:
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            pass
        else:
            return
        if progress is not None:
            progress.queues = True
        with anyio.move_on_after(seconds):
            await self._places.acquire()
            if progress is not None:
                progress.queues = False
            return
        raise httpx.PoolTimeout(_NO_PLACE)

    async def _connect(self, held: list[AsyncConnection], timeouts: Timeouts) -> None:
        held.append(await AsyncConnection.connect(self._route, timeouts, self._open_wire))
        self._add(held)
        await held[-1].open(self._route, timeouts)

    def release(self) -> None:
        """Let the next request in."""
        self._places.release()


class AsyncBody(httpx.AsyncByteStream):
    """An answer's bytes. Closing returns the connection to the pool."""

    def __init__(self, pool: AsyncPool, timeouts: Timeouts) -> None:
        self.held: list[AsyncConnection] = []
        self._pool = pool
        self._timeouts = timeouts
        self._is_whole = self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if not self._is_whole:
            if not self.held:
                raise httpx.ReadError(_LOST)
            part = await self.held[-1].part(self._timeouts["read"])
            if part is not None:
                return part
            self._is_whole = True
        raise StopAsyncIteration

    def close(self) -> None:
        """Give the connection back, or close it when there is more to read."""
        if not self._closed:
            self._closed = True
            self._pool.leave(self.held, is_whole=self._is_whole)
            self._pool.release()

    async def aclose(self) -> None:
        self.close()


class Pool(_AnyPool[Connection]):
    """Connections to one server, for threads."""

    def __init__(self, route: Route) -> None:
        super().__init__(route)
        self.places: Semaphore = Semaphore(MAX_CONNECTIONS)

    def send(self, request: httpx.Request) -> tuple[Head, Body]:
        """Send on a free connection, on a new one, or on the next that becomes free."""
        timeouts, progress = _about(request)
        body = Body(self, timeouts)
        try:
            self._wait_for_place(body.place, timeouts["pool"], progress)
            if not self._kept(body.held, progress):
                self._connect(body.held, timeouts)
            return body.held[-1].ask(request, timeouts, progress), body
        except BaseException:
            body.close()
            raise

    def _wait_for_place(
        self, place: Holder, seconds: float | None, progress: Progress | None
    ) -> None:
        if progress is not None:
            progress.queues = True
        if not self.places.take(place, seconds):
            raise httpx.PoolTimeout(_NO_PLACE)
        if progress is not None:
            progress.queues = False

    def _connect(self, held: list[Connection], timeouts: Timeouts) -> None:
        held.append(Connection.connect(self._route, timeouts))
        self._add(held)
        held[-1].open(self._route, timeouts)


class Body(httpx.SyncByteStream):
    """An answer's bytes; until they come, the permit and the connection of its request.

    Closing returns both, and so does collection: KeyboardInterrupt can come between any two
    steps.
    """

    def __init__(self, pool: Pool, timeouts: Timeouts) -> None:
        self.place: Holder = []
        self.held: list[Connection] = []
        self._pool = pool
        self._timeouts = timeouts
        self._is_whole = False
        self._pid = os.getpid()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if not self._is_whole:
            if not self.held:
                raise httpx.ReadError(_LOST)
            part = self.held[-1].part(self._timeouts["read"])
            if part is not None:
                return part
            self._is_whole = True
        raise StopIteration

    def __del__(self) -> None:
        if (self.held or self.place) and self._pid == os.getpid():  # else it is the parent's
            with suppress(Exception):
                self.close()

    def wake(self) -> None:
        """Wake the thread that waits for more of it."""
        for connection in self.held:
            connection.wake()

    def close(self) -> None:
        """Give the connection back, or close it when there is more to read."""
        try:
            if self._pid == os.getpid():
                self._pool.leave(self.held, is_whole=self._is_whole)
            elif self.held:  # in the child of a fork: the parent reads on
                self.held[-1].close()
        finally:
            self._pool.places.give_back(self.place)
