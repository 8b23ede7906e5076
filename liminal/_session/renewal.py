"""A renewal that is under way on one event loop, and the tasks of any loop that wait for it."""

from __future__ import annotations

from typing import Final

import anyio

from liminal._http.loops import Loop, Waiter

# How often a task looks whether the event loop of a renewal that it waits for still runs.
_LOOK_SECONDS: Final = 0.25


class AsyncFlight:
    """A renewal under way on one event loop, which tasks of any wait for."""

    def __init__(self) -> None:
        self._loop = Loop()
        self._waiting: list[Waiter] = []

    @property
    def is_abandoned(self) -> bool:
        """Its loop was stopped in the middle: nobody knows whether it goes on."""
        return not self._loop.is_running

    def join(self) -> Waiter:
        waiter = Waiter()
        self._waiting.append(waiter)
        return waiter

    async def wait(self, waiter: Waiter) -> None:
        """Return when it has landed, or has been abandoned."""
        if self._loop.is_here:
            return await waiter.wait()
        while not self.is_abandoned:
            with anyio.move_on_after(_LOOK_SECONDS):
                return await waiter.wait()
        return None

    def land(self) -> None:
        for waiter in self._waiting:
            waiter.wake()
