"""Connections on asyncio, for httpcore: a transport and a protocol, and nothing between.

httpcore's own way to asyncio leads through anyio, which opens a cancel scope and takes a turn of
the event loop for each read and each write. Trio keeps httpcore's way.
"""

from __future__ import annotations

import asyncio
import select
import ssl
import weakref
from collections.abc import Iterable
from typing import Any, Final, cast

import httpcore

from liminal.errors import LiminalError

from .asyncio_connect import SocketProtocol, connect
from .tls import current

# ruff: noqa: ASYNC109 - the timeouts are arguments of httpcore's interface

# A server that sends faster than its answer is read waits from here on.
_READ_AHEAD: Final = 256 * 1024
# A head and a small body leave in one packet; what is larger does not wait for more.
_HELD: Final = 64 * 1024
# In which an event loop has read what it can: it is asked, and calls, and what comes is handled.
_TURNS: Final = 3

_INFO: Final = {
    "ssl_object": "ssl_object",
    "client_addr": "sockname",
    "server_addr": "peername",
    "socket": "socket",
}


class _Wire(SocketProtocol):
    """What has come in, and who waits: for more of it, or for the other side to take some."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._came = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._is_full = False
        self._waiting: asyncio.Future[None] | None = None
        self.transport = cast("asyncio.Transport", None)  # until connection_made

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if len(self._came) > _READ_AHEAD:
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended, self._error, self._is_full = True, exc, False
        self._wake()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._wake()

    # ---- what the stream calls

    @property
    def has_news(self) -> bool:
        """There are bytes, or the end of them; also where the event loop has not noticed yet."""
        return bool(self._came) or self._ended or _is_readable(self.transport)

    async def read(self, max_bytes: int, seconds: float | None) -> bytes:
        """Some bytes; none at the end."""
        while not (self._came or self._ended):
            await self._wait(seconds)
        if self._error is not None and not self._came:
            raise self._error
        data = bytes(self._came[:max_bytes])
        was_paused = len(self._came) > _READ_AHEAD
        del self._came[:max_bytes]
        if was_paused and len(self._came) <= _READ_AHEAD:
            self.transport.resume_reading()
        return data

    async def drain(self, seconds: float | None) -> None:
        """Return when the other side has taken enough."""
        while self._is_full:
            await self._wait(seconds)
        if self._error is not None:
            raise self._error

    async def _wait(self, seconds: float | None) -> None:
        self._waiting = waiting = self._loop.create_future()
        timer = None if seconds is None else self._loop.call_later(seconds, _time_out, waiting)
        try:
            await waiting
        finally:
            self._waiting = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def _time_out(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())


def _is_readable(transport: asyncio.Transport) -> bool:
    sock = transport.get_extra_info("socket")
    if sock is None:  # TLS over a connection that has just been lost
        return True
    if not hasattr(select, "poll"):  # pragma: no cover - Windows
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


class _Stream(httpcore.AsyncNetworkStream):
    """A connection. What is written leaves with the next read, so that small requests are one."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire
        self._held = b""
        self._fresh = False
        self._closed = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        await self._flush()
        try:
            data = await self._wire.read(max_bytes, timeout)
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        if not data and self._closed:
            raise httpcore.ReadError("closed here, not by the server")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._held += buffer
        if len(self._held) < _HELD:
            return
        await self._flush()
        try:
            await self._wire.drain(timeout)
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def _flush(self) -> None:
        if self._fresh:
            await self._listen()
        if self._held:
            self._wire.transport.write(self._held)
            self._held = b""

    async def _listen(self) -> None:
        """Take in what the server had to say about our certificate, before anything is written.

        It has ended the connection then, and asyncio reads no more once a write has failed.
        """
        self._fresh = False
        for _ in range(_TURNS):
            if not _is_readable(self._wire.transport):
                return
            await asyncio.sleep(0)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        wire, loop = self._wire, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    wire.transport, wire, current(ssl_context), server_hostname=server_hostname
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        except LiminalError:  # there is no context: asyncio has not seen the connection yet
            await self.aclose()
            raise
        wire.connection_made(cast("asyncio.Transport", transport))
        self._fresh = True
        return self

    async def aclose(self) -> None:
        self._closed = True
        self._wire.transport.abort()
        await asyncio.sleep(0)  # asyncio closes the socket in its next turn

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._wire.has_news
        return self._wire.transport.get_extra_info(_INFO[info]) if info in _INFO else None


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Makes connections on the running asyncio loop."""

    def __init__(self) -> None:
        self._wires: weakref.WeakSet[_Wire] = weakref.WeakSet()

    def close_sockets(self) -> None:
        """Close what a loop has left open that was closed itself, and so can't."""
        for wire in tuple(self._wires):
            wire.sock.close()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # which this client never asks for,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # nor for these
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                wire = await connect(_Wire, host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        self._wires.add(wire)
        return _Stream(wire)
