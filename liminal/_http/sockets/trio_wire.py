"""A connection on trio."""

from __future__ import annotations

import math
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

import trio

from .connect import WaitTimeout, is_readable

T = TypeVar("T")

_READ_BYTES: Final = 64 * 1024
_CLOSED: Final = "this connection was closed"


async def open_wire(sock: socket.socket) -> TrioWire:
    """Take over a socket that is connected."""
    return TrioWire(trio.socket.from_stdlib_socket(sock))


class TrioWire:
    """Reads and writes bytes, for one task at a time; any task may close it."""

    def __init__(self, sock: trio.socket.SocketType) -> None:
        self._sock = sock
        self.written = 0
        # Called with bytes that arrive while a write waits. If None, ``read`` returns them later.
        self.on_input: Callable[[bytes], None] | None = None

    async def read(self, seconds: float | None) -> bytes:
        """Some bytes; empty at the end. OSError, WaitTimeout after ``seconds``."""
        return await self._wait(self._sock.recv, _READ_BYTES, seconds)

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Send all of it."""
        left = memoryview(data)
        while left:
            if self.on_input is not None and not await self._wait(self._has_room, None, seconds):
                self.on_input(await self._wait(self._sock.recv, _READ_BYTES, seconds))
                continue
            taken = await self._wait(self._sock.send, left, seconds)
            self.written += taken
            left = left[taken:]

    async def _wait(
        self, act: Callable[[Any], Awaitable[T]], argument: Any, seconds: float | None
    ) -> T:
        """The one place where a task waits for a connection."""
        if self._sock.fileno() < 0:
            raise ConnectionAbortedError(_CLOSED)
        try:
            with trio.move_on_after(math.inf if seconds is None else seconds):
                return await act(argument)
        except trio.ClosedResourceError as error:
            raise ConnectionAbortedError(_CLOSED) from error
        raise WaitTimeout

    async def _has_room(self, _: None) -> bool:
        """Wait until there is something to read, False then, or room to write."""
        found: list[bool] = []

        async def wait(event: Callable[[Any], Awaitable[None]], *, is_room: bool) -> None:
            with suppress(trio.ClosedResourceError):  # the next step raises it
                if self._sock.fileno() >= 0:
                    await event(self._sock)
            found.append(is_room)
            nursery.cancel_scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(wait, trio.lowlevel.wait_writable, is_room=True))
            nursery.start_soon(partial(wait, trio.lowlevel.wait_readable, is_room=False))
        return any(found)

    @property
    def has_input(self) -> bool:
        """Whether there is something to read, if only the end."""
        return is_readable(self._sock)

    def close(self) -> None:
        """Close it at once, and wake the task that waits for it."""
        self._sock.close()

    drop = close
