"""A value that is made at its first use, once for all tasks or threads that need it."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Final

import anyio

from liminal._http.loops import AsyncWaiter, Loop

# How often a task checks whether the event loop that makes the value is still running.
_CHECK_SECONDS: Final = 0.25


class Once:
    """For threads. If making the value fails, the next thread tries again."""

    def __init__(self, value: int | None = None) -> None:
        self.value = value
        self._lock = threading.Lock()

    def get(self, make: Callable[[], int]) -> int:
        """Return the value, made by ``make`` if there is none yet."""
        with self._lock:
            if self.value is None:
                self.value = make()
            return self.value


class AsyncOnce:
    """For tasks of any event loop. If making the value fails, the next task tries again."""

    def __init__(self, value: int | None = None) -> None:
        self.value = value
        self._lock = threading.Lock()  # never held while anything is awaited
        self._maker: Loop | None = None
        self._waiting: list[AsyncWaiter] = []

    async def get(self, make: Callable[[], Awaitable[int]]) -> int:
        """Return the value, made by ``make`` if there is none yet."""
        while self.value is None:
            waiter = self._join()
            if waiter is not None:
                with anyio.move_on_after(_CHECK_SECONDS):
                    await waiter.wait()
                continue
            try:
                self.value = await make()
            finally:
                self._land()
        return self.value

    def _join(self) -> AsyncWaiter | None:
        """A waiter for the task that makes the value, or None if this task is to make it."""
        with self._lock:
            if self._maker is None or not self._maker.is_running:
                self._maker = Loop()
                return None
            self._waiting.append(AsyncWaiter())
            return self._waiting[-1]

    def _land(self) -> None:
        with self._lock:
            self._maker, waiting = None, self._waiting
            self._waiting = []
        for waiter in waiting:
            waiter.wake()
