"""A value that is made at its first use, once for all tasks or threads that need it."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Awaitable, Callable
from typing import Final

import anyio

from liminal._http.loops import Loop

# Seconds between two looks at a value that another task makes, which may be of another event loop.
_POLL_SECONDS: Final = 0.05


class _Once:
    """The value, if it is made, and what guards its making."""

    def __init__(self, value: int | None = None) -> None:
        self.value: int | None = value
        self.reset()
        _living.add(self)

    def reset(self) -> None:
        """Forget who makes the value: in the child of a fork, that thread or loop is gone."""
        self._lock = threading.Lock()
        self._maker: Loop | None = None


class Once(_Once):
    """For threads. If making the value fails, the next thread tries again."""

    def get(self, make: Callable[[], int]) -> int:
        """Return the value, made by ``make`` if there is none yet."""
        with self._lock:
            if self.value is None:
                self.value = make()
            return self.value


class AsyncOnce(_Once):
    """For tasks of any event loop. If making the value fails, the next task tries again."""

    async def get(self, make: Callable[[], Awaitable[int]]) -> int:
        """Return the value, made by ``make`` if there is none yet."""
        while self.value is None:
            maker = self._begin()
            if maker is None:
                await anyio.sleep(_POLL_SECONDS)
                continue
            made = None
            try:
                made = await make()
            finally:
                self._end(maker, made)
        return self.value

    def _begin(self) -> Loop | None:
        """The loop, if its task is to make the value: no other has made it, or makes it now."""
        with self._lock:  # never held while anything is awaited
            is_being_made = self._maker is not None and self._maker.is_running
            if self.value is not None or is_being_made:
                return None
            self._maker = Loop()
            return self._maker

    def _end(self, maker: Loop, made: int | None) -> None:
        """Keep the first value: while a loop stood still, a task of another may have made one."""
        with self._lock:
            if self.value is None:
                self.value = made
            if self._maker is maker:
                self._maker = None


_living: weakref.WeakSet[_Once] = weakref.WeakSet()


def _after_fork() -> None:
    for once in tuple(_living):
        once.reset()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
