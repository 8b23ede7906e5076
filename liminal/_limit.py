"""What makes a clock's bound bite: a cancel scope on asyncio and trio, the sockets themselves else.

A blocking call can't be cancelled from outside, so each wait of its sockets is cut to what is left.
httpcore fixes a wait's length once for a whole body; only its network backend sees each wait.
"""

from __future__ import annotations

import math
import socket
import ssl
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final

import anyio
import httpcore

from ._options import Clock


class limit_async:  # noqa: N801 - used as a function, and a generator in its place takes longer
    """Cancel the block when ``clock`` runs out, and raise TimeoutError in its place."""

    __slots__ = ("_clock", "_scope")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._scope = anyio.CancelScope()

    def __enter__(self) -> None:
        self._scope.__enter__()
        self._clock.enforce(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        self._clock.limit = None
        is_over = self._scope.__exit__(kind, error, traceback)
        if self._scope.cancelled_caught:
            raise TimeoutError
        return is_over

    def move(self, seconds: float) -> None:
        # Not in monotonic seconds: trio's clock is another.
        self._scope.deadline = anyio.current_time() + seconds


class limit_sync:  # noqa: N801 - likewise
    """Cut every socket wait of this thread short when ``clock`` runs out, and raise TimeoutError.

    The innermost limit counts.
    """

    __slots__ = ("_clock", "_outer", "ends", "waiting")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ends = math.inf
        # The connection that this thread waits for now.
        self.waiting: httpcore.NetworkStream | None = None

    def __enter__(self) -> None:
        left = self._clock.enforce(self)
        if left <= 0:
            self._clock.limit = None
            raise TimeoutError
        self._outer, _current.limit = _current.limit, self

    def __exit__(self, *_: object) -> None:
        _current.limit = self._outer
        self._clock.limit = None

    def move(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        waiting = self.waiting
        if seconds <= 0 and waiting is not None:  # another thread has cut the call's clock
            wake(waiting)


def wake(stream: httpcore.NetworkStream) -> None:
    """Have the thread that waits for this connection wait no longer, as closing it would not."""
    found = stream.get_extra_info("socket")
    if isinstance(found, socket.socket):
        with suppress(OSError):  # it has come to its end by itself
            # Not ssl's own method: a thread in the middle of it might go on without encryption.
            socket.socket.shutdown(found, socket.SHUT_RDWR)


class _Current(threading.local):
    limit: limit_sync | None = None


_current = _Current()


def check_limit() -> None:
    """TimeoutError when this thread's limit is over: for sockets not ours, those of a lent pool."""
    if _current.limit is not None and _current.limit.ends <= time.monotonic():
        raise TimeoutError


@contextmanager
def _cut(
    timeout: float | None, stream: httpcore.NetworkStream | None = None
) -> Generator[float | None, None, None]:
    """The wait that the limit allows; TimeoutError when it was the limit that ended it."""
    limit = _current.limit
    if limit is None:
        yield timeout
        return
    expired = False
    limit.waiting = stream
    try:
        left = limit.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        is_ours = left <= (threading.TIMEOUT_MAX if timeout is None else timeout)
        try:
            yield left if is_ours else timeout
        except httpcore.TimeoutException:
            if not is_ours:
                raise
            expired = True
    finally:
        limit.waiting = None
    if expired or (stream is not None and limit.ends == -math.inf):  # the latter: woken
        raise TimeoutError


# What is written before the clock is looked at again: httpcore waits anew for each little that a
# peer takes, so that a slow reader of a long prompt would be waited for without end.
_PIECE: Final = 64 * 1024

_CLOSED: Final = "this connection was closed"


class LimitedBackend(httpcore.NetworkBackend):
    """httpcore's backend for blocking sockets, with each wait cut to this thread's limit."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        with _cut(timeout) as wait:
            stream = self._inner.connect_tcp(host, port, wait, local_address, socket_options)
        return LimitedStream(stream)


class LimitedStream(httpcore.NetworkStream):
    """A connection whose reads and writes obey the limit of the thread that uses it.

    What is written leaves with the next read, so that a head and a small body are one packet.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._held = b""
        # No lock: each step on a list is one, and who comes looks at `_closing` after having come.
        self._using: list[None] = []
        self._closing = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # A server that refuses the rest of a request may have said why: httpcore reads on, too.
        with suppress(httpcore.WriteError):
            self._flush(timeout)
        with self._use(), _cut(timeout, self) as wait:
            return self._inner.read(max_bytes, wait)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._use():
            self._held += buffer
        if len(self._held) >= _PIECE:
            self._flush(timeout)

    def _flush(self, timeout: float | None) -> None:
        buffer, self._held = self._held, b""
        for start in range(0, len(buffer), _PIECE):
            with self._use(), _cut(timeout, self) as wait:
                self._inner.write(buffer[start : start + _PIECE], wait)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        with _cut(timeout) as wait:
            return LimitedStream(self._inner.start_tls(ssl_context, server_hostname, wait))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def close(self) -> None:
        """Close it; when a thread waits for it, have that one close it at once.

        To close it beneath that thread would not wake it. It might even go on to wait for another
        connection, one that was given the same file descriptor.
        """
        self._closing = True
        wake(self)
        if not self._using:
            self._inner.close()

    @contextmanager
    def _use(self) -> Generator[None, None, None]:
        self._using.append(None)
        try:
            if self._closing:
                raise httpcore.ReadError(_CLOSED)
            yield
        finally:
            self._using.pop()
            if self._closing and not self._using:
                self._inner.close()
