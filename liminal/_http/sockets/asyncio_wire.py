"""A connection on asyncio: a transport and a protocol, and nothing between."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

from .connect import WaitTimeout, is_readable

# Reading pauses when this many bytes are unread.
READ_AHEAD: Final = 256 * 1024
# Bytes written before waiting for room, so that a wait doesn't grow with the request.
_PIECE: Final = 64 * 1024
_CLOSED: Final = "this connection was closed"


async def open_wire(sock: socket.socket) -> AsyncioWire:
    """Take over a socket that is connected, or close it."""
    try:
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(lambda: AsyncioWire(sock), sock=sock)
    except BaseException:
        sock.close()
        raise
    return wire


class AsyncioWire(asyncio.Protocol):
    """Holds the received bytes, and wakes the task that waits to read or to write."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._came = bytearray()
        self._ended = False
        self._lost = False
        self._closed = False
        self._pid = os.getpid()
        self._error: Exception | None = None
        self._is_full = False
        self._waiting: asyncio.Future[None] | None = None
        self._transport = cast("asyncio.Transport", None)  # until connection_made
        self.written = 0
        # Called with bytes that arrive while a write waits. If None, ``read`` returns them later.
        self.on_input: Callable[[bytes], None] | None = None

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if len(self._came) > READ_AHEAD:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended, self._is_full = True, False  # asyncio closes the transport now
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended, self._lost, self._error, self._is_full = True, True, exc, False
        if exc is not None:  # asyncio reads no more once a write has failed; the server said why
            with suppress(OSError):
                self._came += self._sock.recv(READ_AHEAD)
        self._wake()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._wake()

    # ---- what a connection calls

    @property
    def has_input(self) -> bool:
        """Whether there are bytes, or their end, even if the event loop has not noticed yet."""
        return bool(self._came) or self._ended or is_readable(self._sock)

    async def read(self, seconds: float | None) -> bytes:
        """Some bytes; empty at the end. OSError, WaitTimeout after ``seconds``."""
        while not (self._came or self._ended):
            await self._wait(seconds)
        if not self._came:
            self._check()
            return b""
        data = bytes(self._came)
        self._came.clear()
        if len(data) > READ_AHEAD and not self._ended:
            self._transport.resume_reading()
        return data

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Send all of it; return when the buffer has drained enough. Each single wait is bounded.

        After the other side's end it is dropped, since a closed transport may fail in any way, or
        log each write: what came before the end is still to be read, and may say why.
        """
        self._check()
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            if not self._transport.is_closing():
                self._transport.write(piece)
            self.written += len(piece)
            while self._is_full:
                if self._came and self.on_input is not None:
                    self.on_input(await self.read(seconds))
                else:
                    await self._wait(seconds)
            self._check()

    def _check(self) -> None:
        if self._closed:
            raise ConnectionAbortedError(_CLOSED)
        if self._error is not None:
            raise self._error

    async def _wait(self, seconds: float | None) -> None:
        """The one place where a task waits for a connection."""
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

    def close(self) -> None:
        """Close it at once, and wake the task that waits for it."""
        self._closed = self._ended = True
        self._is_full = False
        if not self._lost:  # else asyncio's transport may have forgotten its loop
            with suppress(RuntimeError):  # its loop was closed
                self._transport.abort()
        self._sock.close()
        self._wake()

    def drop(self) -> None:
        """Close it when it is garbage-collected, which may happen in any thread.

        Otherwise the event loop would keep it forever.
        """
        if self._closed or self._pid != os.getpid():  # or it is the parent's, as its loop is
            return
        try:
            self._loop.call_soon_threadsafe(self.close)
        except RuntimeError:  # the loop was closed
            self.close()


def _time_out(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_exception(WaitTimeout())
