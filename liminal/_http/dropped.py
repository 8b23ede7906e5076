"""Closes a stream whose iterator was dropped: at once, or soon where that has to be awaited."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from .loops import Loop

# An event loop keeps only weak references to its tasks.
_closing: set[asyncio.Task[None]] = set()
# What is open. Else the garbage collector, which finds a dropped stream in a cycle, would end the
# generators of httpx and httpcore along with it, before they can be closed.
_open: set[object] = set()

Close = Callable[[], Coroutine[Any, Any, None]]


class AsyncHome:
    """The event loop that an answer belongs to: there it can be closed by whoever can't await.

    An async generator would leave that to the loop's own hook, but trio's warns each time. The
    answer is kept alive until it is said to ``leave``.
    """

    def __init__(self, answer: object) -> None:
        self._loop = Loop()
        _open.add(answer)

    @property
    def is_here(self) -> bool:
        """Only there can the answer be read."""
        return self._loop.is_here

    def leave(self, answer: object) -> None:
        """The answer was closed."""
        _open.discard(answer)

    def close_soon(self, answer: object, close: Close) -> None:
        """Have the loop close it. When the loop has ended, nothing is left that could be open."""
        try:
            if self._loop.is_here:
                self._start(close)
            else:  # the garbage collector may run in any thread
                self._loop.call(lambda: self._start(close))
        except RuntimeError:
            self.leave(answer)

    def _start(self, close: Close) -> None:
        loop = self._loop.native
        if isinstance(loop, asyncio.AbstractEventLoop):
            task = loop.create_task(close())
            _closing.add(task)
            task.add_done_callback(_closing.discard)
        else:
            sys.modules["trio"].lowlevel.spawn_system_task(close)


class Home:
    """Where there is no loop, what is dropped is closed on the spot."""

    is_here = True

    def __init__(self, answer: object) -> None:
        """Need nothing of it."""

    def leave(self, answer: object) -> None:
        """Nothing is kept."""

    def close_soon(self, answer: object, close: Callable[[], None]) -> None:
        """Close it."""
        close()
