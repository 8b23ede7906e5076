"""One connection to the server, through TLS and a proxy where there is one.

``exchange`` and ``tls`` decide what is said on it, and the wires of ``sockets`` carry the bytes.
This module turns each failure into httpx's error, and notes whether anything was sent. The two
variants stand side by side.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, Protocol, Self, TypeVar

import anyio
import httpx

from .exchange import Head, Steps
from .route import Link, Route
from .sockets.blocking_wire import Wire, connect
from .sockets.clock import Progress
from .sockets.connect import WaitTimeout, reach

if TYPE_CHECKING:
    import socket

T = TypeVar("T")
# How long each kind of wait may take, in seconds: `connect`, `read`, `write`, `pool`.
Timeouts = Mapping[str, float | None]


class AsyncWire(Protocol):
    """What asyncio's and trio's wires have in common."""

    written: int

    async def read(self, seconds: float | None) -> bytes:
        """Some bytes; none at the end."""
        ...

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Have it sent."""

    @property
    def has_news(self) -> bool:
        """There is something to read, if only the end."""
        ...

    def close(self) -> None:
        """Close it at once."""

    def drop(self) -> None:
        """Close it from any thread, after the last reference is gone."""


def _failed(error: Exception, late: type[Exception], broken: type[Exception]) -> NoReturn:
    """Raise httpx's error in the place of ours and the system's."""
    if isinstance(error, WaitTimeout):
        raise late("") from error
    if isinstance(error, TimeoutError):  # the end of a thread's limit
        raise error
    raise broken(str(error)) from error


def _not_reached(error: Exception, route: Route) -> NoReturn:
    if isinstance(error, WaitTimeout | TimeoutError) or route.proxy is None:
        _failed(error, httpx.ConnectTimeout, httpx.ConnectError)
    raise httpx.ConnectError(f"proxy: {error}") from error


def _not_written(
    error: Exception, wire: Wire | AsyncWire, before: int, progress: Progress | None
) -> None:
    """Decide what it means that a request could not be written.

    A server that stops reading may have sent an answer that says why, so the answer is read. When
    it took no byte, nothing was sent, and any request may be sent on another connection.
    """
    if wire.written == before:
        if progress is not None:
            progress.sent = False
    elif not isinstance(error, WaitTimeout | TimeoutError):
        return
    _failed(error, httpx.WriteTimeout, httpx.WriteError)


OpenWire = Callable[["socket.socket"], Awaitable[AsyncWire]]


class AsyncConnection:
    """A connection for one task at a time, on asyncio or trio."""

    __slots__ = ("__weakref__", "_link", "_wire", "since")

    def __init__(self, wire: AsyncWire) -> None:
        self._wire = wire
        self._link = Link()
        # When it began to wait for a request, on the monotonic clock.
        self.since = 0.0

    @classmethod
    async def connect(cls, route: Route, timeouts: Timeouts, open_wire: OpenWire) -> Self:
        """Connect to the server, or to its proxy: ``open`` is to come."""
        try:
            return cls(await open_wire(await reach(*route.address, timeouts["connect"])))
        except (WaitTimeout, OSError) as error:
            _not_reached(error, route)

    def __del__(self) -> None:
        with suppress(Exception):
            self._wire.drop()

    async def open(self, route: Route, timeouts: Timeouts) -> None:
        """Take the stages of ``route``, each within its bound."""
        try:
            for kind, steps in route.stages(self._link):
                seconds = timeouts[kind]
                with anyio.fail_after(seconds):
                    await self._take(steps, None)
        except TimeoutError as error:
            raise httpx.ConnectTimeout("") from error
        except (httpx.RemoteProtocolError, OSError) as error:
            _failed(error, httpx.ConnectTimeout, httpx.ConnectError)

    async def ask(
        self, request: httpx.Request, timeouts: Timeouts, progress: Progress | None
    ) -> Head:
        """Send a request, and read its answer's head."""
        wire, link, longest = self._wire, self._link, timeouts["read"]
        before = wire.written
        try:
            for piece in link.exchange.request(request):
                await wire.write(link.encrypt(piece), timeouts["write"])
        except (WaitTimeout, OSError) as error:
            _not_written(error, wire, before, progress)
        if progress is not None and longest is not None and progress.clock.ends_within(longest):
            longest = None  # the task is cancelled before: a timer of its own would only cost time
        return await self._read(link.exchange.head(), longest)

    async def part(self, seconds: float | None) -> bytes | None:
        """The next bytes of the answer's body, None at its end."""
        return await self._read(self._link.exchange.part(), seconds)

    async def _read(self, steps: Steps[T], seconds: float | None) -> T:
        try:
            return await self._take(self._link.carry(steps), seconds)
        except (WaitTimeout, OSError) as error:
            _failed(error, httpx.ReadTimeout, httpx.ReadError)

    async def _take(self, steps: Steps[T], seconds: float | None) -> T:
        wire = self._wire
        try:
            out = next(steps)
            while True:
                if out:
                    await wire.write(out, seconds)
                out = steps.send(await wire.read(seconds))
        except StopIteration as done:
            result: T = done.value
            return result

    @property
    def is_idle(self) -> bool:
        """Whether nothing has arrived meanwhile, such as the end, or an answer to no request."""
        return not self._wire.has_news

    def renew(self) -> bool:
        """Make ready for another request; False when there can't be one."""
        return self._link.renew()

    def close(self) -> None:
        """Close it at once."""
        self._wire.close()


class Connection:
    """A connection for one thread at a time."""

    __slots__ = ("__weakref__", "_link", "_wire", "since")

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._link = Link()
        self.since = 0.0

    @classmethod
    def connect(cls, route: Route, timeouts: Timeouts) -> Self:
        """Connect to the server, or to its proxy: ``open`` is to come."""
        try:
            return cls(connect(*route.address, timeouts["connect"]))
        except (WaitTimeout, OSError) as error:
            _not_reached(error, route)

    def __del__(self) -> None:
        """Close what KeyboardInterrupt, which can come between any two steps, left open."""
        with suppress(Exception):
            self._wire.close()

    def open(self, route: Route, timeouts: Timeouts) -> None:
        """Take the stages of ``route``, each wait within its bound."""
        try:
            for kind, steps in route.stages(self._link):
                self._take(steps, timeouts[kind])
        except (WaitTimeout, httpx.RemoteProtocolError, OSError) as error:
            _failed(error, httpx.ConnectTimeout, httpx.ConnectError)

    def ask(self, request: httpx.Request, timeouts: Timeouts, progress: Progress | None) -> Head:
        """Send a request, and read its answer's head."""
        wire, link = self._wire, self._link
        before = wire.written
        try:
            for piece in link.exchange.request(request):
                wire.write(link.encrypt(piece), timeouts["write"])
        except (WaitTimeout, OSError) as error:
            _not_written(error, wire, before, progress)
        return self._read(link.exchange.head(), timeouts["read"])

    def part(self, seconds: float | None) -> bytes | None:
        """The next bytes of the answer's body, None at its end."""
        return self._read(self._link.exchange.part(), seconds)

    def _read(self, steps: Steps[T], seconds: float | None) -> T:
        try:
            return self._take(self._link.carry(steps), seconds)
        except (WaitTimeout, OSError) as error:
            _failed(error, httpx.ReadTimeout, httpx.ReadError)

    def _take(self, steps: Steps[T], seconds: float | None) -> T:
        wire = self._wire
        try:
            out = next(steps)
            while True:
                if out:
                    wire.write(out, seconds)
                out = steps.send(wire.read(seconds))
        except StopIteration as done:
            result: T = done.value
            return result

    @property
    def is_idle(self) -> bool:
        """Whether nothing has arrived meanwhile, such as the end, or an answer to no request."""
        return not self._wire.has_news

    def renew(self) -> bool:
        """Make ready for another request; False when there can't be one."""
        return self._link.renew()

    def close(self) -> None:
        """Close it; a thread that waits for it does that at once."""
        self._wire.close()

    def wake(self) -> None:
        """Wake the thread that waits for it."""
        self._wire.wake()
