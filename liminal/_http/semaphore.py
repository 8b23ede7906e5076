"""Counts the requests that threads have under way, and has those beyond a maximum take turns.

There is no lock. A stream that nobody holds any more gives its place back from wherever the garbage
collector finds it, and that may be the middle of any step here, which would hold the lock already.
Each step on a deque is one for all threads.
"""

from __future__ import annotations

from collections import deque

from .deadlines import Bell, wait_for


class Places:
    """As many places as there may be requests at a time; who finds none waits in a queue."""

    def __init__(self, number: int) -> None:
        self._free = deque([None] * number)
        self._waiting: deque[Bell] = deque()

    def take(self, seconds: float | None) -> bool:
        """Wait for a place; False when there was none in time, TimeoutError at the limit's end."""
        if not self._waiting and self._free_one():
            return True
        mine = Bell()
        try:
            self._waiting.append(mine)
            self._hand_out()  # one may have come back just before
            given = wait_for(mine, seconds)
        except BaseException:  # the limit's end, KeyboardInterrupt
            if not self._withdraw(mine):
                self.release()
            raise
        return given or not self._withdraw(mine)

    def _free_one(self) -> bool:
        try:
            self._free.pop()
        except IndexError:
            return False
        return True

    def _withdraw(self, waiter: Bell) -> bool:
        """Wait no longer; False when the place came at the last moment."""
        try:
            self._waiting.remove(waiter)
        except ValueError:
            return False
        return True

    def release(self) -> None:
        """Give a place back, to who waits longest."""
        self._free.append(None)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting:
            if not self._free_one():
                return
            try:
                waiter = self._waiting.popleft()
            except IndexError:  # who waited has gone; another may have come
                self._free.append(None)
            else:
                waiter.put(None)
