"""Limits how many requests threads have under way; further threads wait in a queue.

There is no lock. The garbage collector may close a dropped stream in the middle of any step here,
in a thread that would already hold the lock. Instead, each step on a deque or list is atomic, also
on a free-threaded build, where it takes the object's own lock. At any moment, each permit is in
exactly one list, so that KeyboardInterrupt can't lose it.
"""

from __future__ import annotations

import weakref
from collections import deque
from contextlib import suppress
from operator import methodcaller
from typing import Final

from .limits import Waiter, wait_for
from .monotonic import monotonic

# How long a thread may miss its permit if KeyboardInterrupt kept it from being woken.
_POLL_SECONDS: Final = 1.0

_POP: Final = methodcaller("pop")
# The permits of one request: one while it runs, else none.
Holder = list[None]


class _QueuedThread:
    """A waiting thread. The queue holds a weak reference, so that an interrupted one disappears."""

    __slots__ = ("__weakref__", "holder", "waiter")

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        self.waiter = Waiter()


class Semaphore:
    """A fixed number of permits. A thread that finds none waits for its turn."""

    def __init__(self, number: int) -> None:
        self._free = deque([None] * number)
        self._waiting: deque[weakref.ref[_QueuedThread]] = deque()

    def take(self, holder: Holder, seconds: float | None) -> bool:
        """Take a permit; False when none was free in time, TimeoutError at the limit's end."""
        if not self._waiting and self._move_to(holder):
            return True
        mine = _QueuedThread(holder)
        entry = weakref.ref(mine)
        try:
            self._waiting.append(entry)
            self._hand_out()  # one may have come back just before
            ends = None if seconds is None else monotonic() + seconds
            while not holder:
                left = _POLL_SECONDS if ends is None else ends - monotonic()
                if left <= 0:
                    break
                wait_for(mine.waiter, min(left, _POLL_SECONDS))
        finally:
            with suppress(ValueError):
                self._waiting.remove(entry)
        return bool(holder)

    def give_back(self, holder: Holder) -> None:
        """Return a permit, to the thread that has waited longest."""
        try:  # noqa: SIM105 - suppress() would take three calls, for every request
            self._free.extend(map(_POP, (holder,)))
        except IndexError:  # there is none, or another thread was faster
            pass
        if self._waiting:
            self._hand_out()

    def _move_to(self, holder: Holder) -> bool:
        """Move a free permit in one call of C, so that no signal handler runs in between."""
        try:
            holder.extend(map(_POP, (self._free,)))
        except IndexError:
            return False
        return True

    def _hand_out(self) -> None:
        while self._waiting:
            try:
                entry = self._waiting[0]
            except IndexError:  # the waiting thread is gone
                return
            queued = entry()
            if queued is not None and not self._move_to(queued.holder):
                return
            try:
                self._waiting.remove(entry)
            except ValueError:  # it is gone, or another thread was faster: return its second permit
                if queued is not None:
                    with suppress(IndexError):
                        self._free.extend(map(_POP, (queued.holder,)))
            else:
                if queued is not None:
                    queued.waiter.put(None)
