"""The connections of a client, at the same cost per request however many there are.

The most recently used connection serves next. The two variants stand side by side. Neither has a
lock: tasks of one loop switch only where they await; threads, and finalizers that run in the middle
of them, share only deques and lists, whose single steps are atomic. So a connection is always in
exactly one list: the idle ones, or ``held``, the list of the one request that uses it.
"""

from __future__ import annotations

import weakref
from contextlib import AbstractContextManager
from typing import Final, Generic, TypeVar

import anyio
import httpx
from anyio.lowlevel import checkpoint_if_cancelled

from .body import LOST, AsyncResponseBody, ResponseBody
from .connection import AsyncConnection, Connection, Timeouts
from .exchange import Head
from .idle import KEEPALIVE_SECONDS, Idle
from .route import Route
from .sockets.deadline import PROGRESS, Deadline, Progress
from .sockets.limits import limit_sync
from .sockets.semaphore import Holder, Semaphore
from .weak import live_keys

C = TypeVar("C", Connection, AsyncConnection)

# A process has 1,024 descriptors by default on most systems, and needs some for itself.
MAX_CONNECTIONS: Final = 256
# Some servers close idle connections after less than KEEPALIVE_SECONDS. A connection that closes
# just as a request is sent leaves it unknown whether the request was processed. So a request that
# isn't repeatable never uses a connection that was idle for longer than this.
FRESH_SECONDS: Final = 1.0

_NO_PLACE: Final = f"all {MAX_CONNECTIONS} connections are in use"
_CLOSED: Final = "this pool was closed"


class _AnyPool(Generic[C]):
    """The parts that both variants share, none of which waits."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self._closed = False
        # All open connections; one that an interruption left without an owner closes by itself.
        self._open: weakref.WeakKeyDictionary[C, None] = weakref.WeakKeyDictionary()
        self._idle: Idle[C] = Idle()

    def _reuse(self, held: list[C], progress: Progress) -> bool:
        """Move an idle connection to ``held``; False if there is none that can serve."""
        seconds = KEEPALIVE_SECONDS if progress.repeatable else FRESH_SECONDS
        while not self._closed and self._idle.newest(held, seconds):
            if not held[-1].wire.has_input:  # such as its end, or an answer without a request
                return True
            self._end(held)
        self._check_open()
        return False

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(_CLOSED)

    def _add(self, held: list[C]) -> None:
        """Take note of a new connection."""
        self._open[held[-1]] = None
        self._check_open()  # another thread may not have seen this one

    def take_back(self, held: list[C]) -> None:
        """Take back a request's connection: idle now if it can serve again, closed otherwise."""
        if held:
            if held[-1].is_over and not self._closed and held[-1].renew():
                self._idle.add(held)
            else:
                self._end(held)
        gone: list[C] = []
        while self._idle.expired(gone):
            self._end(gone)

    def _end(self, held: list[C]) -> None:
        """Close a connection and remove it from the pool."""
        connection = held[-1]
        connection.close()
        self._open.pop(connection, None)
        held.clear()

    def close(self) -> None:
        """Close every connection, including those in use, and open no more."""
        self._closed = True
        for connection in live_keys(self._open):
            connection.close()


def _response(
    request: httpx.Request, head: Head, body: httpx.AsyncByteStream | httpx.SyncByteStream
) -> httpx.Response:
    return httpx.Response(
        head.status,
        headers=head.headers,
        stream=body,
        request=request,
        extensions={"http_version": head.version, "reason_phrase": head.reason},
    )


class AsyncPool(_AnyPool[AsyncConnection]):
    """Connections to one server, for asyncio and trio."""

    def __init__(self, route: Route) -> None:
        super().__init__(route)
        self.places = anyio.Semaphore(MAX_CONNECTIONS, fast_acquire=True)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send on an idle connection, on a new one, or on the next that becomes idle."""
        timeouts, progress = request.extensions["timeout"], request.extensions[PROGRESS]
        await self._wait_for_place(timeouts["pool"], progress)
        body = AsyncBody(self, timeouts)
        held = body.held
        try:
            if not self._reuse(held, progress):
                held.append(await AsyncConnection.connect(self.route, timeouts))
                self._add(held)
                await held[-1].open(self.route, timeouts)
            await checkpoint_if_cancelled()  # the last chance before the request is sent
            return _response(request, await held[-1].ask(request, timeouts, progress), body)
        except BaseException:
            body.close()
            raise

    async def _wait_for_place(self, seconds: float | None, progress: Progress) -> None:
        try:
            self.places.acquire_nowait()
        except anyio.WouldBlock:
            progress.queues = True
            with anyio.move_on_after(seconds) as scope:
                await self.places.acquire()
            if scope.cancelled_caught:
                raise httpx.PoolTimeout(_NO_PLACE) from None
            progress.queues = False


class AsyncBody(AsyncResponseBody):
    """An answer's bytes from the client's own pool. Until it is closed, it holds the connection."""

    def __init__(self, pool: AsyncPool, timeouts: Timeouts) -> None:
        self.held: list[AsyncConnection] = []
        self._pool = pool
        self._timeouts = timeouts

    async def next_part(self) -> bytes | None:
        if self.ended:
            return None
        if not self.held:
            raise httpx.ReadError(LOST)
        connection = self.held[-1]
        part = await connection.part(self._timeouts["read"])
        self.ended = connection.is_over
        return part or None

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        """Return the connection to the pool, which closes it if there is more to read."""
        if not self._closed:
            self._closed = True
            self._pool.take_back(self.held)
            self._pool.places.release()


class Pool(_AnyPool[Connection]):
    """Connections to one server, for threads."""

    def __init__(self, route: Route) -> None:
        super().__init__(route)
        self.places: Semaphore = Semaphore(MAX_CONNECTIONS)

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send on an idle connection, on a new one, or on the next that becomes idle."""
        timeouts, progress = request.extensions["timeout"], request.extensions[PROGRESS]
        body = Body(self, timeouts)
        held = body.held
        try:
            self._wait_for_place(body.place, timeouts["pool"], progress)
            if not self._reuse(held, progress):
                held.append(Connection.connect(self.route, timeouts))
                self._add(held)
                held[-1].open(self.route, timeouts)
            return _response(request, held[-1].ask(request, timeouts, progress), body)
        except BaseException:
            body.close()
            raise

    def _wait_for_place(self, place: Holder, seconds: float | None, progress: Progress) -> None:
        progress.queues = True
        if not self.places.take(place, seconds):
            raise httpx.PoolTimeout(_NO_PLACE)
        progress.queues = False


class Body(ResponseBody):
    """An answer's bytes from the client's own pool.

    From the start of its request, it holds the permit and the connection. Closing returns both, and
    so does garbage collection, since KeyboardInterrupt can come between any two steps.
    """

    def __init__(self, pool: Pool, timeouts: Timeouts) -> None:
        super().__init__()
        self.place: Holder = []
        self.held: list[Connection] = []
        self._pool = pool
        self._timeouts = timeouts

    def _next_part(self) -> bytes | None:
        if not self.held:  # another reader has given it back, as close() had asked
            raise httpx.ReadError(LOST)
        connection = self.held[-1]
        part = connection.part(self._timeouts["read"])
        self.ended = connection.is_over and not self._closing
        return part or None

    def __del__(self) -> None:
        try:
            if (self.held or self.place) and not self._is_shared:
                self._give_back()
        except Exception:  # noqa: BLE001, S110 - at the interpreter's exit, ``os`` may be gone
            pass

    def _bounded(self, deadline: Deadline) -> AbstractContextManager[None]:
        return limit_sync(deadline)

    def _wake(self) -> None:
        for connection in self.held:
            connection.wire.wake()

    def _give_back(self) -> None:
        try:
            if not self._is_shared:
                self._pool.take_back(self.held)
            elif self.held:
                self.held[-1].close()
        finally:
            self._pool.places.give_back(self.place)
