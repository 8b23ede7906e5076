"""The connections of a pool that wait for a request."""

from __future__ import annotations

from collections import deque
from operator import methodcaller
from typing import Final, Generic, TypeVar

from .connection import AsyncConnection, Connection
from .sockets.monotonic import monotonic

C = TypeVar("C", Connection, AsyncConnection)

# As in httpx: most servers keep an idle connection open for longer.
KEEPALIVE_SECONDS: Final = 5.0
_POP: Final = methodcaller("pop")
_POP_OLDEST: Final = methodcaller("popleft")


class Idle(Generic[C]):
    """The connections that wait for a request, the most recently used one at the end.

    Each step on the deque is atomic. A connection moves from one list to another in a single call
    of C, so that KeyboardInterrupt can't lose it in between.
    """

    def __init__(self) -> None:
        self._waiting: deque[C] = deque()

    def add(self, held: list[C]) -> None:
        """Move the one in ``held`` here."""
        held[-1].since = monotonic()
        self._waiting.extend(map(_POP, (held,)))

    def newest(self, held: list[C], seconds: float) -> bool:
        """Move the most recently used one to ``held``, unless it was idle for too long."""
        until = monotonic() - seconds
        try:
            if self._waiting[-1].since < until:
                return False
            held.extend(map(_POP, (self._waiting,)))
        except IndexError:
            return False
        if held[-1].since >= until:
            return True
        self._waiting.extendleft(map(_POP, (held,)))  # another thread took the one just seen
        return False

    def expired(self, held: list[C]) -> bool:
        """Move one that was idle for too long to ``held``. The oldest comes first."""
        until = monotonic() - KEEPALIVE_SECONDS
        try:
            if self._waiting[0].since >= until:
                return False
            held.extend(map(_POP_OLDEST, (self._waiting,)))
        except IndexError:
            return False
        if held[-1].since < until:
            return True
        self._waiting.extendleft(map(_POP, (held,)))
        return False
