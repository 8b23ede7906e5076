"""What makes a clock's bound bite: a cancel scope on asyncio and trio, each wait by itself else.

A blocking call can't be cancelled from outside, so each wait of its thread, for a socket as a rule,
is cut to what is left, and who ends the call early wakes it.
httpcore fixes a wait's length once for a whole body; only its network backend sees each wait.
"""

from __future__ import annotations

import functools
import os
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final

import anyio
import httpcore
from httpcore._backends.sync import SyncStream

from liminal._calls.options import Clock

from .connect import connect, connect_errors
from .tls import current


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
    """Cut every wait of this thread short when ``clock`` runs out, and raise TimeoutError.

    The innermost limit counts.
    """

    __slots__ = ("_outer", "clock", "wake")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        # What wakes this thread, whatever it waits for at the moment.
        self.wake: Callable[[], None] | None = None

    def __enter__(self) -> None:
        self._outer = _current.limit
        if self.clock.enforce(self) <= 0:
            self.clock.limit = None
            raise TimeoutError
        _current.limit = self

    def __exit__(self, *_: object) -> None:
        _current.limit = self._outer
        self.clock.limit = None

    def move(self, seconds: float) -> None:
        # Each wait asks the clock when it begins. Only what ends it at once has to be told.
        wake = self.wake
        if seconds <= 0 and wake is not None:
            wake()


def end_limit(clock: Clock) -> None:
    """End the limit by ``clock`` if it could not end by itself, since KeyboardInterrupt came."""
    if isinstance(clock.limit, limit_sync):
        clock.limit.__exit__()


def wake(stream: httpcore.NetworkStream) -> None:
    """Have the thread that waits for this connection wait no longer, as closing it would not."""
    found = stream.get_extra_info("socket")
    if found is not None:
        _shut_down(found)


def _shut_down(found: socket.socket) -> None:
    """Shut the connection down beneath TLS, which knows nothing of it.

    TLS's own method would have a thread in the middle of it go on without encryption. eventlet's
    sockets are no ``socket.socket``, and have their methods in the object alone.
    """
    plain = (kind for kind in type(found).__mro__ if not hasattr(kind, "do_handshake"))
    shutdown = getattr(next(plain), "shutdown", None)
    with suppress(OSError):  # it has come to its end by itself
        if shutdown is None:
            found.shutdown(socket.SHUT_RDWR)
        else:
            shutdown(found, socket.SHUT_RDWR)


class _Current(threading.local):
    limit: limit_sync | None = None


_current = _Current()


def check_limit() -> None:
    """TimeoutError when this thread's limit is over: for sockets not ours, those of a lent pool."""
    if _current.limit is not None and _current.limit.clock.left() <= 0:
        raise TimeoutError


# What wakes one thread, rung by `put(None)`. An Event takes a lock for that, which the thread that
# rings may hold already when it does so from a finalizer.
Bell = queue.SimpleQueue[None]


def wait_for(bell: Bell, seconds: float | None) -> bool:
    """Wait for this thread's own bell; False when it has not rung in so many seconds.

    TimeoutError when this thread's limit is over. Who ends that early rings it as well.
    """
    with _cut(seconds, lambda: bell.put(None)) as longest, suppress(queue.Empty):
        bell.get(timeout=longest and min(max(0.0, longest), threading.TIMEOUT_MAX))
        return True
    check_limit()
    return False


@contextmanager
def _cut(
    timeout: float | None, wake: Callable[[], None] | None = None
) -> Generator[float | None, None, None]:
    """The wait that the limit allows; TimeoutError when it was the limit that ended it."""
    limit = _current.limit
    if limit is None:
        yield timeout
        return
    expired = False
    limit.wake = wake
    try:
        left = limit.clock.left()
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
        limit.wake = None
    if expired or (wake is not None and limit.clock.is_cut):
        raise TimeoutError


# What is written before the clock is looked at again: httpcore waits anew for each little that a
# peer takes, so that a slow reader of a long prompt would be waited for without end.
_PIECE: Final = 64 * 1024

_CLOSED: Final = "this connection was closed"


class LimitedBackend(httpcore.NetworkBackend):
    """Makes blocking connections whose every wait is cut to the limit of the thread that waits."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # which this client never asks for,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # nor for these
    ) -> httpcore.NetworkStream:
        with _cut(timeout) as wait:
            return LimitedStream(SyncStream(connect(host, port, wait, check_limit)))


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
        self._pid = os.getpid()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # A server that refuses the rest of a request may have said why: httpcore reads on, too.
        with suppress(httpcore.WriteError):
            self._flush(timeout)
        with self._use(), _cut(timeout, self.wake) as wait:
            return self._inner.read(max_bytes, wait)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._use():
            self._held += buffer
        if len(self._held) >= _PIECE:
            self._flush(timeout)

    def _flush(self, timeout: float | None) -> None:
        buffer, self._held = self._held, b""
        for start in range(0, len(buffer), _PIECE):
            with self._use(), _cut(timeout, self.wake) as wait:
                self._inner.write(buffer[start : start + _PIECE], wait)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            with connect_errors(), _cut(timeout) as wait, self._wakeable():
                secured = self._inner.start_tls(current(ssl_context), server_hostname, wait)
                return LimitedStream(secured)
        except BaseException:
            self._inner.close()
            raise

    @contextmanager
    def _wakeable(self) -> Generator[None, None, None]:
        """Let the thread be woken in a handshake: our socket is not the one that it waits for."""
        limit, ours = _current.limit, self.get_extra_info("socket")
        if limit is None:
            yield
            return
        with socket.fromfd(ours.fileno(), ours.family, ours.type) as twin:
            limit.wake = functools.partial(_shut_down, twin)
            try:
                check_limit()  # it may have been cut before it could be woken
                yield
            finally:
                limit.wake = None

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def close(self) -> None:
        """Close it; when a thread waits for it, have that one close it at once.

        To close it beneath that thread would not wake it. It might even go on to wait for another
        connection, one that was given the same file descriptor.
        """
        self._closing = True
        self.wake()
        if not self._using:
            self._inner.close()

    def wake(self) -> None:
        """Have whoever waits for it wait no longer; in the child of a fork that is the parent's."""
        if self._pid == os.getpid():
            wake(self._inner)

    @contextmanager
    def _use(self) -> Generator[None, None, None]:
        try:
            self._using.append(None)
            if self._closing:
                raise httpcore.ReadError(_CLOSED)
            yield
        finally:
            self._using.pop()
            if self._closing and not self._using:
                self._inner.close()
