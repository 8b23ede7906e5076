"""Counts the requests that threads have under way, and has those beyond a maximum take turns.

There is no lock. A stream that nobody holds any more gives its place back from wherever the garbage
collector finds it, and that may be the middle of any step here, which would hold the lock already.
Each step on a deque or list is one for all threads; on a free-threaded build it takes their own
lock. Nor is there a place in no one's hands at any time, when KeyboardInterrupt might lose it.
"""

from __future__ import annotations

import weakref
from collections import deque
from contextlib import suppress
from operator import methodcaller
from typing import Final

from .deadlines import Bell, wait_for
from .monotonic import monotonic

# How long a thread may sleep while its place is there, if who gave it was interrupted.
_LOOK: Final = 1.0

_POP: Final = methodcaller("pop")
# The places of one request: one while it runs, else none.
Holder = list[None]


class _Waiter:
    """A thread that waits. The queue keeps it by a weak reference: an interrupted one is gone."""

    __slots__ = ("__weakref__", "bell", "holder")

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        self.bell = Bell()


class Places:
    """As many places as there may be requests at a time; who finds none waits in a queue."""

    def __init__(self, number: int) -> None:
        self._free = deque([None] * number)
        self._waiting: deque[weakref.ref[_Waiter]] = deque()

    def take(self, holder: Holder, seconds: float | None) -> bool:
        """Wait for a place; False when there was none in time, TimeoutError at the limit's end."""
        if not self._waiting and self._move_to(holder):
            return True
        mine = _Waiter(holder)
        entry = weakref.ref(mine)
        try:
            self._waiting.append(entry)
            self._hand_out()  # one may have come back just before
            ends = None if seconds is None else monotonic() + seconds
            while not holder:
                left = _LOOK if ends is None else ends - monotonic()
                if left <= 0:
                    break
                wait_for(mine.bell, min(left, _LOOK))
        finally:
            with suppress(ValueError):
                self._waiting.remove(entry)
        return bool(holder)

    def give_back(self, holder: Holder) -> None:
        """Give a place back, to who waits longest."""
        if holder:
            with suppress(IndexError):  # another thread was faster
                self._free.extend(map(_POP, (holder,)))
        self._hand_out()

    def _move_to(self, holder: Holder) -> bool:
        """Move a free place, in one call of C: no signal's handler runs in between."""
        try:
            holder.extend(map(_POP, (self._free,)))
        except IndexError:
            return False
        return True

    def _hand_out(self) -> None:
        while self._waiting:
            try:
                entry = self._waiting[0]
            except IndexError:  # who waited has gone
                return
            waiter = entry()
            if waiter is not None and not self._move_to(waiter.holder):
                return
            try:
                self._waiting.remove(entry)
            except ValueError:  # likewise, or another thread was faster: then it has two
                if waiter is not None:
                    with suppress(IndexError):
                        self._free.extend(map(_POP, (waiter.holder,)))
            else:
                if waiter is not None:
                    waiter.bell.put(None)
