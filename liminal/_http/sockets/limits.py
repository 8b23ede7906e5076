"""Enforces call deadlines: by a cancel scope on asyncio and trio, wait by wait in threads.

A blocking call can't be cancelled from outside. So each wait of its thread, usually for a socket,
lasts no longer than the time that is left, and whatever ends the call early wakes the thread.
"""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TypeVar

import anyio

from liminal._http.loops import Loop

from .connect import WaitTimeout
from .deadline import Deadline

T = TypeVar("T")


class limit_async:  # noqa: N801 - used as a function, and a generator in its place takes longer
    """Cancel the block at ``deadline``, and raise TimeoutError in its place."""

    __slots__ = ("_deadline", "_scope")

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def __enter__(self) -> None:
        # Not in monotonic seconds, since trio has its own clock.
        ends = anyio.current_time() + self._deadline.left()
        self._scope = anyio.CancelScope(deadline=ends)
        self._scope.__enter__()
        self._deadline.limit = self
        if self._deadline.is_cancelled:  # by another thread, which may have found no limit
            self._scope.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        self._deadline.limit = None
        is_over = self._scope.__exit__(kind, error, traceback)
        if self._scope.cancelled_caught:
            raise TimeoutError
        return is_over

    def move(self, seconds: float) -> None:
        if seconds == -math.inf:  # cancelled, perhaps from another thread
            Loop(self._deadline.loop).call(self._scope.cancel)
        else:
            self._scope.deadline = anyio.current_time() + seconds


class limit_sync:  # noqa: N801 - used as a function, like limit_async
    """Cut every wait of this thread short at ``deadline``, and raise TimeoutError.

    The innermost limit counts.
    """

    __slots__ = ("_outer", "deadline", "wake")

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        # What wakes this thread, whatever it waits for at the moment.
        self.wake: Callable[[], None] | None = None

    def __enter__(self) -> None:
        if self.deadline.left() <= 0:
            raise TimeoutError
        self._outer = _current.limit
        self.deadline.limit = self
        _current.limit = self

    def __exit__(self, *_: object) -> None:
        _current.limit = self._outer
        self.deadline.limit = None

    def move(self, seconds: float) -> None:
        # Each wait reads the deadline when it begins, so only an end right now has to wake it.
        wake = self.wake
        if seconds <= 0 and wake is not None:
            wake()


def end_limit(deadline: Deadline) -> None:
    """End the limit by ``deadline`` if it could not end by itself, since KeyboardInterrupt came."""
    if isinstance(deadline.limit, limit_sync):
        deadline.limit.__exit__()


class _Current(threading.local):
    limit: limit_sync | None = None


_current = _Current()


def check_limit() -> None:
    """Raise TimeoutError if this thread's limit is over; for the sockets of a caller's client."""
    if _current.limit is not None and _current.limit.deadline.left() <= 0:
        raise TimeoutError


def one_wait(
    wait: Callable[[float | None], T], seconds: float | None, wake: Callable[[], None]
) -> T:
    """Call ``wait`` with the seconds that it may take.

    TimeoutError when the thread's limit ends it, before it begins or by calling ``wake``.
    WaitTimeout when it takes more than ``seconds``: ``wait`` raises TimeoutError then, as sockets
    do.
    """
    limit = _current.limit
    late: type[Exception] = WaitTimeout
    try:
        if limit is not None:
            limit.wake = wake
            left = limit.deadline.left()
            if left <= (threading.TIMEOUT_MAX if seconds is None else max(seconds, 0.0)):
                seconds, late = left, TimeoutError
                if left <= 0:
                    raise TimeoutError  # noqa: TRY301 - ends as a wait that took too long does
        return wait(seconds)
    except TimeoutError as error:
        if error.errno is not None:  # the system's own: the peer has been silent for minutes
            raise ConnectionAbortedError(*error.args) from error
        raise late from error
    finally:
        if limit is not None:
            limit.wake = None
            if limit.deadline.is_cancelled:
                raise TimeoutError


# Wakes one thread, by `put(None)`. An Event would take a lock, which the waking thread may already
# hold when it runs a finalizer.
Waiter = queue.SimpleQueue[None]


def wait_for(waiter: Waiter, seconds: float | None) -> bool:
    """Wait to be woken; False when ``seconds`` pass first.

    Raises TimeoutError when this thread's limit is over. Ending the limit early wakes it as well.
    """

    def wait(longest: float | None) -> None:
        waiter.get(timeout=longest and min(max(0.0, longest), threading.TIMEOUT_MAX))

    with suppress(queue.Empty):
        one_wait(wait, seconds, lambda: waiter.put(None))
        return True
    check_limit()
    return False
