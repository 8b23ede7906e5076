"""Counts the requests that threads have under way, and has those beyond a maximum take turns."""

from __future__ import annotations

import threading
from collections import deque

from ._limit import wait_for


class Places:
    """Counts the requests under way, up to a maximum; those beyond take turns as they came."""

    def __init__(self, number: int) -> None:
        self._lock = threading.Lock()
        self._free = number
        self._waiting: deque[threading.Event] = deque()

    def take(self, seconds: float | None) -> bool:
        """Wait for a place; False when there was none in time, TimeoutError at the limit's end."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        try:
            given = wait_for(mine, seconds)
        except BaseException:  # the limit's end, KeyboardInterrupt
            if not self._withdraw(mine):
                self.release()
            raise
        return given or not self._withdraw(mine)

    def _withdraw(self, waiter: threading.Event) -> bool:
        """Wait no longer; False when the place came at the last moment."""
        with self._lock:
            if waiter not in self._waiting:
                return False
            self._waiting.remove(waiter)
            return True

    def release(self) -> None:
        """Give a place to who waits longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
