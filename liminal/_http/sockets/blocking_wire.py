"""A blocking connection. Each wait ends with the limit of the waiting thread."""

from __future__ import annotations

import os
import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from .connect import is_readable, literal, race
from .limits import check_limit, one_wait

T = TypeVar("T")

READ_BYTES: Final = 64 * 1024
# Bytes written before the deadline is checked again; otherwise a peer that reads slowly could hold
# a call beyond its deadline.
_PIECE: Final = 64 * 1024
# A selector takes no wait that is much longer.
_DAY: Final = 24 * 3600.0
# How long it may take to notice that the call has ended.
_POLL_SECONDS: Final = 0.1
_CLOSED: Final = "this connection was closed"


def connect(host: str, port: int, seconds: float | None) -> Wire:
    """Connect within ``seconds``, or until this thread's limit ends.

    Looking up the host's addresses takes as long as the system takes; it can't be interrupted.
    """
    found = literal(host, port) or socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    steps = race(found, seconds)
    try:
        tries, patience = next(steps)
        while True:
            tries, patience = steps.send(_first(tries, patience))
    except StopIteration as done:
        return Wire(done.value)
    finally:
        steps.close()


def _first(tries: list[socket.socket], seconds: float | None) -> list[socket.socket]:
    """The sockets that are connected or have failed; empty when it takes too long."""
    with selectors.DefaultSelector() as selector:
        for sock in tries:
            selector.register(sock, selectors.EVENT_WRITE)
        check_limit()
        found = selector.select(_POLL_SECONDS if seconds is None else min(seconds, _POLL_SECONDS))
        check_limit()
        return [sock for sock in tries if any(key.fileobj is sock for key, _ in found)]


class Wire:
    """Reads and writes bytes. One thread uses it at a time; any may close or wake it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._busy = False
        self._closing = False
        self._pid = os.getpid()
        # How many bytes the system has taken to be sent.
        self.written = 0
        # Called with bytes that arrive while a write waits. If None, ``read`` returns them later.
        self.on_input: Callable[[bytes], None] | None = None

    def read(self, seconds: float | None) -> bytes:
        """Some bytes; empty at the end. OSError, WaitTimeout after ``seconds``."""
        data = self._wait(self._sock.recv, READ_BYTES, seconds)
        if not data and self._closing:
            raise ConnectionAbortedError(_CLOSED)
        return data

    def write(self, data: bytes, seconds: float | None) -> None:
        """Send all of it. Each single wait is bounded."""
        left = memoryview(data)
        while left:
            if self.on_input is not None and not self._wait(self._has_room, None, seconds):
                self.on_input(self.read(seconds))
                continue
            taken = self._wait(self._sock.send, left[:_PIECE], seconds)
            self.written += taken
            left = left[taken:]

    def _wait(self, act: Callable[[Any], T], argument: Any, seconds: float | None) -> T:
        """The one place where a thread waits for a connection."""

        def wait(longest: float | None) -> T:
            self._sock.settimeout(longest)
            return act(argument)

        try:
            self._busy = True
            if self._closing:
                raise ConnectionAbortedError(_CLOSED)
            return one_wait(wait, seconds, self.wake)
        finally:
            self._busy = False
            if self._closing:
                self._sock.close()

    def _has_room(self, _: None) -> bool:
        """Wait until there is something to read, False then, or room to write."""
        seconds = self._sock.gettimeout()
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
            found = selector.select(_DAY if seconds is None else min(seconds, _DAY))
        if not found:
            raise TimeoutError
        return bool(found[0][1] & selectors.EVENT_WRITE)

    @property
    def has_input(self) -> bool:
        """Whether there is something to read, if only the end."""
        return is_readable(self._sock)

    def close(self) -> None:
        """Close it. If a thread waits for it, wake that thread, which then closes it.

        Closing it under that thread would not wake the thread, which might even go on to wait for
        another connection with the same file descriptor. No lock is needed: a reader sets ``_busy``
        before it checks ``_closing``, and ``close`` sets ``_closing`` before it checks ``_busy``.
        The child of a fork has no such thread.
        """
        self._closing = True
        self.wake()
        if not self._busy or self._pid != os.getpid():
            self._sock.close()

    drop = close

    def wake(self) -> None:
        """Wake the thread that waits for it. In the child of a fork that thread is the parent's."""
        if self._pid == os.getpid():
            shut_down(self._sock)


def shut_down(sock: Any) -> None:
    """Wake the thread that waits for this socket, which closing would not do.

    This bypasses TLS, whose own method would let a thread in the middle of it go on unencrypted.
    eventlet's sockets are no ``socket.socket``: their methods are attributes of the object.
    """
    plain = (kind for kind in type(sock).__mro__ if not hasattr(kind, "do_handshake"))
    shutdown = getattr(next(plain), "shutdown", None)
    with suppress(OSError):  # the connection is closed already
        if shutdown is None:
            sock.shutdown(socket.SHUT_RDWR)
        else:
            shutdown(sock, socket.SHUT_RDWR)
