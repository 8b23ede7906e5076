"""An event loop seen from outside: from another thread, another loop or the garbage collector.

It knows whether the loop runs, wakes its tasks, and closes what a dropped stream left open. Its
worker threads run blocking functions.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

import anyio
from anyio import to_thread
from anyio.lowlevel import current_token

T = TypeVar("T")
Close = Callable[[], Coroutine[Any, Any, None]]
# An event loop keeps only weak references to its tasks.
_spawned: set[asyncio.Task[None]] = set()


class Loop:
    """An event loop: the one that runs when this is created, or ``native``. For any thread."""

    __slots__ = ("native",)

    def __init__(self, native: Any = None) -> None:
        # asyncio's loop, or trio's token.
        self.native: Any = current_token().native_token if native is None else native

    @property
    def is_here(self) -> bool:
        """It runs in this thread."""
        try:
            if isinstance(self.native, asyncio.AbstractEventLoop):
                return asyncio.get_running_loop() is self.native
            return current_token().native_token is self.native
        except RuntimeError:  # no loop runs in this thread
            return False

    @property
    def is_running(self) -> bool:
        """False for one that was stopped or closed. One that was stopped may be run again."""
        if isinstance(self.native, asyncio.AbstractEventLoop):
            return self.native.is_running()
        try:
            self.native.run_sync_soon(_nothing, idempotent=True)
        except RuntimeError:  # trio raises this when its run is over
            return False
        return True

    def call_soon(self, step: Callable[[], object]) -> None:
        """Call a function on the loop soon; RuntimeError if the loop has ended."""
        if isinstance(self.native, asyncio.AbstractEventLoop):
            self.native.call_soon_threadsafe(step)
        else:
            self.native.run_sync_soon(step)

    def call(self, step: Callable[[], object]) -> bool:
        """Call a function at once if the loop runs here, else soon; False if it has ended."""
        if self.is_here:
            step()
            return True
        with suppress(RuntimeError):
            self.call_soon(step)
            return True
        return False

    def spawn(self, step: Close) -> None:
        """Start a background task, which must not raise, on the loop that runs in this thread."""
        if isinstance(self.native, asyncio.AbstractEventLoop):
            task = self.native.create_task(step())
            _spawned.add(task)
            task.add_done_callback(_spawned.discard)
        else:
            trio = sys.modules["trio"]
            trio.lowlevel.spawn_system_task(step, context=copy_context())


async def in_thread(function: Callable[[], T], *, abandon_on_cancel: bool = False) -> T:
    """Run ``function`` in a separate worker thread.

    A limiter that is shared, such as anyio's default one, may have no thread left: all of them may
    be waiting for what this function does.
    """
    return await to_thread.run_sync(
        function, abandon_on_cancel=abandon_on_cancel, limiter=anyio.CapacityLimiter(1)
    )


def _nothing() -> None:
    """Take no step."""


class AsyncWaiter:
    """Wakes one task on its own event loop, from any thread or loop."""

    __slots__ = ("_event", "_loop")

    def __init__(self) -> None:
        self._event = anyio.Event()
        self._loop = Loop()

    async def wait(self) -> None:
        await self._event.wait()

    def wake(self) -> None:
        self._loop.call(self._event.set)  # if the loop has ended, so has its task


# Open answers, kept alive here. Otherwise the garbage collector would finalize the generators of
# httpx and httpcore together with a dropped stream, before they can be closed.
_open: set[object] = set()


class AsyncDroppedStreamCloser:
    """Closes a dropped answer on the event loop that it belongs to.

    An async generator would leave that to the loop's own hook, but trio's warns each time. The
    answer is kept alive until ``leave`` is called.
    """

    def __init__(self, answer: object) -> None:
        self._loop = Loop()
        _open.add(answer)

    @property
    def is_here(self) -> bool:
        """Whether the answer can be read here: on its own loop alone."""
        return self._loop.is_here

    def leave(self, answer: object) -> None:
        """The answer was closed."""
        _open.discard(answer)

    def close_soon(self, answer: object, close: Close) -> None:
        """Have the loop close it. Once the loop has ended, nothing is open any more."""
        if not self._loop.call(lambda: self._start(answer, close)):
            self.leave(answer)

    def _start(self, answer: object, close: Close) -> None:
        try:
            self._loop.spawn(close)
        except RuntimeError:  # at the end of a run, trio starts no task
            self.leave(answer)


class DroppedStreamCloser:
    """Closes a dropped answer at once, since blocking variants have no event loop."""

    is_here = True

    def __init__(self, answer: object) -> None:
        """Do nothing."""

    def leave(self, answer: object) -> None:
        """Do nothing, since nothing is kept."""

    def close_soon(self, answer: object, close: Callable[[], None]) -> None:
        """Close it."""
        close()
