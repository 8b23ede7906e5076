"""One connection to the server: an HTTP/1.1 exchange over a socket, with TLS and a proxy if needed.

``sockets`` reads and writes its bytes. This module turns each failure into httpx's error, and notes
whether anything was sent. The two variants stand side by side.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Generic, NoReturn, Self, TypeVar

import anyio
import httpx
from anyio.lowlevel import current_token

from .exchange import HELD_BYTES, Exchange, Head, Steps
from .route import Route, socks, tunnel
from .sockets.blocking_wire import Wire, connect
from .sockets.connect import WaitTimeout, reach
from .sockets.deadline import Progress
from .tls import Tls

if TYPE_CHECKING:
    import socket

    from .sockets.asyncio_wire import AsyncioWire
    from .sockets.trio_wire import TrioWire

W = TypeVar("W", bound="Wire | AsyncioWire | TrioWire")
# How long each kind of wait may take, in seconds: `connect`, `read`, `write`, `pool`.
Timeouts = Mapping[str, float | None]
# An alert fits into the system's buffer, so this is only a bound.
ALERT_SECONDS: Final = 0.1
_REFUSED: Final = "the server has refused the request before all of it was sent"


class _AnyConnection(Exchange, Generic[W]):
    """The parts that both variants share, none of which waits."""

    __slots__ = ("__weakref__", "_broken", "since", "tls", "wire")

    def __init__(self, wire: W) -> None:
        super().__init__()
        self.wire: W = wire
        self.tls: Tls | None = None
        # Why nothing more can be decrypted.
        self._broken: ssl.SSLError | None = None
        # When it began to wait for a request, on the monotonic clock.
        self.since = 0.0

    def stages(self, route: Route) -> Iterator[tuple[str, Steps]]:
        """The stages before the first request, each with the name of its timeout."""
        proxy = route.proxy
        if proxy is not None and proxy.url.scheme.startswith("socks"):
            yield "connect", socks(proxy, route.host, route.port)
        elif proxy is not None:
            if proxy.url.scheme == "https" and proxy.ssl_context is not None:
                yield "connect", self._secure(proxy.ssl_context, route.address[0])
            steps = tunnel(proxy, route.host, route.port)
            yield "read", steps if self.tls is None else self.tls.carry(steps)
        if route.tls is not None:
            yield "connect", self._secure(route.tls, route.host)

    def _secure(self, context: ssl.SSLContext, host: str) -> Steps:
        """A TLS handshake. All that follows is encrypted."""
        self.tls = Tls(context, host, self.tls)
        return self.tls.handshake()

    def decrypt(self, data: bytes) -> None:
        """Receive bytes from the wire.

        Afterwards, ``tls.pending()`` returns what TLS has to send.
        """
        if self.tls is None:
            self.receive(data)
            return
        self.tls.feed(data)
        try:
            while (plain := self.tls.plain()) is not None:
                self.receive(plain)
                if not plain:
                    break
        except ssl.SSLError as error:
            self._broken = error.with_traceback(None)  # at the next read: what came is valid
            self.tls.pending()  # an alert, which could fail to be written before that

    def receive_early(self, data: bytes) -> None:
        """Receive what comes while the request waits to be written; OSError for a refusal.

        A server that refuses a request, by its answer or by an alert of TLS, may neither read the
        rest of it nor close the connection. This is noticed only while the connection has no room
        to write.
        """
        self.decrypt(data)
        head = self.head()
        if head is not None:
            self.wire.on_input = None  # the rest is read when all is sent
        if self._broken is not None or (head is not None and head.status >= 300):
            raise ConnectionAbortedError(_REFUSED)

    def not_written(self, error: Exception, progress: Progress, *, is_begun: bool) -> None:
        """Abort the request after a failed write: raise, or return if an answer may still be read.

        A server that stops reading may have sent an answer that says why, so the answer is read. If
        no byte was written, any request may be sent again on another connection.
        """
        self.abort()
        if not is_begun:
            progress.sent = False
        elif not isinstance(error, WaitTimeout | TimeoutError):
            return
        _failed(error, httpx.WriteTimeout, httpx.WriteError)

    def renew(self) -> bool:
        return self._broken is None and super().renew()

    def alert(self, error: Exception) -> bytes:
        """The alert about a failed handshake, for the server; empty for other errors."""
        return self.tls.pending() if self.tls and isinstance(error, ssl.SSLError) else b""

    def close(self) -> None:
        """Close it at once. If a thread waits for it, that thread closes it."""
        self.wire.close()

    def __del__(self) -> None:
        """Close it if nobody did, since KeyboardInterrupt can come at any step."""
        try:  # noqa: SIM105 - at the interpreter's exit, imported modules may be gone
            self.wire.drop()
        except Exception:  # noqa: BLE001, S110 - as above
            pass


class AsyncConnection(_AnyConnection["AsyncioWire | TrioWire"]):
    """A connection for one task at a time, on asyncio or trio."""

    __slots__ = ()

    @classmethod
    async def connect(cls, route: Route, timeouts: Timeouts) -> Self:
        """Connect to the server, or to its proxy. ``open`` comes next."""
        try:
            return cls(await _open_wire(await reach(*route.address, timeouts["connect"])))
        except (WaitTimeout, OSError) as error:
            _not_reached(error, route)

    async def open(self, route: Route, timeouts: Timeouts) -> None:
        """Go through the stages of ``route``, each within its timeout."""
        try:
            for kind, steps in self.stages(route):
                with anyio.fail_after(timeouts[kind]), suppress(StopIteration):
                    out = next(steps)
                    while True:
                        await self.wire.write(out, None)
                        out = steps.send(await self.wire.read(None))
        except TimeoutError as error:
            raise httpx.ConnectTimeout("") from error
        except (httpx.RemoteProtocolError, OSError) as error:
            with suppress(WaitTimeout, OSError):
                await self.wire.write(self.alert(error), ALERT_SECONDS)
            _failed(error, httpx.ConnectTimeout, httpx.ConnectError)

    async def ask(self, request: httpx.Request, timeouts: Timeouts, progress: Progress) -> Head:
        """Send a request, and read its answer's head."""
        wire, tls, longest = self.wire, self.tls, timeouts["read"]
        before = wire.written
        try:
            for piece in self.request(request):
                if len(piece) >= HELD_BYTES and self.answer is None:
                    wire.on_input = self.receive_early
                await wire.write(tls.encrypt(piece) if tls else piece, timeouts["write"])
        except (WaitTimeout, OSError) as error:
            self.not_written(error, progress, is_begun=wire.written > before)
        finally:
            wire.on_input = None
        if longest is not None and progress.deadline.ends_within(longest):
            longest = None  # the deadline cancels the task earlier, so a second timer is useless
        while (head := self.answer) is None:
            await self._read(longest)
            self.head()
        return head

    async def part(self, seconds: float | None) -> bytes:
        """The next bytes of the answer's body; empty at its end."""
        while not (part := self.body()) and not self.is_over:
            await self._read(seconds)
        return part

    async def _read(self, seconds: float | None) -> None:
        if self._broken is not None:
            _failed(self._broken, httpx.ReadTimeout, httpx.ReadError)
        try:
            self.decrypt(await self.wire.read(seconds))
            if self.tls is not None and (out := self.tls.pending()):
                await self.wire.write(out, seconds)
        except (WaitTimeout, OSError) as error:
            _failed(error, httpx.ReadTimeout, httpx.ReadError)


class Connection(_AnyConnection[Wire]):
    """A connection for one thread at a time."""

    __slots__ = ()

    @classmethod
    def connect(cls, route: Route, timeouts: Timeouts) -> Self:
        """Connect to the server, or to its proxy. ``open`` comes next."""
        try:
            return cls(connect(*route.address, timeouts["connect"]))
        except (WaitTimeout, OSError) as error:
            _not_reached(error, route)

    def open(self, route: Route, timeouts: Timeouts) -> None:
        """Go through the stages of ``route``, each wait within its timeout."""
        try:
            for kind, steps in self.stages(route):
                with suppress(StopIteration):
                    out = next(steps)
                    while True:
                        self.wire.write(out, timeouts[kind])
                        out = steps.send(self.wire.read(timeouts[kind]))
        except (WaitTimeout, httpx.RemoteProtocolError, OSError) as error:
            with suppress(WaitTimeout, OSError):
                self.wire.write(self.alert(error), ALERT_SECONDS)
            _failed(error, httpx.ConnectTimeout, httpx.ConnectError)

    def ask(self, request: httpx.Request, timeouts: Timeouts, progress: Progress) -> Head:
        """Send a request, and read its answer's head."""
        wire, tls = self.wire, self.tls
        before = wire.written
        try:
            for piece in self.request(request):
                if len(piece) >= HELD_BYTES and self.answer is None:
                    wire.on_input = self.receive_early
                wire.write(tls.encrypt(piece) if tls else piece, timeouts["write"])
        except (WaitTimeout, OSError) as error:
            self.not_written(error, progress, is_begun=wire.written > before)
        finally:
            wire.on_input = None
        while (head := self.answer) is None:
            self._read(timeouts["read"])
            self.head()
        return head

    def part(self, seconds: float | None) -> bytes:
        """The next bytes of the answer's body; empty at its end."""
        while not (part := self.body()) and not self.is_over:
            self._read(seconds)
        return part

    def _read(self, seconds: float | None) -> None:
        if self._broken is not None:
            _failed(self._broken, httpx.ReadTimeout, httpx.ReadError)
        try:
            self.decrypt(self.wire.read(seconds))
            if self.tls is not None and (out := self.tls.pending()):
                self.wire.write(out, seconds)
        except (WaitTimeout, OSError) as error:
            _failed(error, httpx.ReadTimeout, httpx.ReadError)


def _open_wire(sock: socket.socket) -> Awaitable[AsyncioWire | TrioWire]:
    if isinstance(current_token().native_token, asyncio.AbstractEventLoop):
        from .sockets import asyncio_wire  # noqa: PLC0415 - only one of the two is needed

        return asyncio_wire.open_wire(sock)
    from .sockets import trio_wire  # noqa: PLC0415 - trio may be missing

    return trio_wire.open_wire(sock)


def _failed(error: Exception, late: type[Exception], broken: type[Exception]) -> NoReturn:
    """Raise httpx's error in place of ours or the system's."""
    if isinstance(error, WaitTimeout):
        raise late("") from error
    # The thread's limit is over. With a number it is ETIMEDOUT, the system's own.
    if isinstance(error, TimeoutError) and error.errno is None:
        raise error
    raise broken(str(error)) from error


def _not_reached(error: Exception, route: Route) -> NoReturn:
    if isinstance(error, WaitTimeout | TimeoutError) or route.proxy is None:
        _failed(error, httpx.ConnectTimeout, httpx.ConnectError)
    raise httpx.ConnectError(f"proxy: {error}") from error
