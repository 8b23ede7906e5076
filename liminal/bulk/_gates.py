"""Starts the calls of a run: no more at once than the rate allows, and none during a pause.

There are two variants: tasks wait for an ``Event``, threads for a ``Waiter`` under a lock.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from copy import copy
from typing import Final

import anyio

from liminal._http.sockets.limits import Waiter, wait_for
from liminal._http.sockets.monotonic import monotonic
from liminal.errors import LiminalError

from ._rate import Rate

CLOSED: Final = "the bulk run was closed"


class AsyncGate:
    """For the tasks of one event loop."""

    def __init__(self, most: int) -> None:
        self.rate: Rate = Rate(most)
        self._waiting: deque[anyio.Event] = deque()

    async def enter(self) -> float:
        """Wait until a call may start; return the time of its start."""
        while (seconds := self.rate.wait(monotonic())) != 0.0:
            event = anyio.Event()
            self._waiting.append(event)
            try:
                with anyio.move_on_after(seconds):
                    await event.wait()
            except BaseException:
                self._wake()  # this task may have been the one that was woken
                raise
            finally:
                with suppress(ValueError):
                    self._waiting.remove(event)
        self.rate.start()
        self._wake()
        return monotonic()

    def leave(self, started: float, *, succeeded: bool) -> None:
        """Record that a call has ended."""
        self.rate.end(monotonic(), started, succeeded=succeeded)
        self._wake()

    def refuse(self, started: float, retry_after: float | None) -> None:
        """Record that a call was refused. It must still ``leave``."""
        self.rate.refuse(monotonic(), started, retry_after)

    def _wake(self) -> None:
        if self._waiting and self.rate.wait(monotonic()) is not None:
            self._waiting.popleft().set()


class Gate:
    """For threads."""

    def __init__(self, most: int) -> None:
        self.rate: Rate = Rate(most)
        self.is_closed: bool = False
        self._lock = threading.Lock()
        self._waiting: deque[Waiter] = deque()

    def sharing_rate(self) -> Gate:
        """Return a gate for another run that shares this one's rate, and is closed separately."""
        other = copy(self)  # shallow: lock, rate and queue are shared
        other.is_closed = False
        return other

    def enter(self) -> float:
        """Wait until a call may start; return that time. LiminalError after ``close``."""
        while True:
            with self._lock:
                if self.is_closed:
                    self._wake_next()  # which may have begun to wait after close() woke the others
                    raise LiminalError(CLOSED)
                seconds = self.rate.wait(monotonic())
                if seconds == 0.0:
                    self.rate.start()
                    self._wake()
                    return monotonic()
                waiter = Waiter()
                self._waiting.append(waiter)
            try:
                wait_for(waiter, seconds)
            except BaseException:
                with self._lock:
                    self._wake()  # this thread may have been the one that was woken
                raise
            finally:
                with self._lock, suppress(ValueError):
                    self._waiting.remove(waiter)

    def leave(self, started: float, *, succeeded: bool) -> None:
        """Record that a call has ended."""
        with self._lock:
            self.rate.end(monotonic(), started, succeeded=succeeded)
            self._wake()

    def refuse(self, started: float, retry_after: float | None) -> None:
        """Record that a call was refused. It must still ``leave``."""
        with self._lock:
            self.rate.refuse(monotonic(), started, retry_after)

    def close(self) -> None:
        """Refuse all further calls. A finalizer may call this, so it takes no lock."""
        self.is_closed = True
        for waiter in tuple(self._waiting):
            waiter.put(None)

    def _wake(self) -> None:
        if self.rate.wait(monotonic()) is not None:
            self._wake_next()

    def _wake_next(self) -> None:
        if self._waiting:
            self._waiting.popleft().put(None)
