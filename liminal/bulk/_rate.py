"""Finds how many calls at once the service takes. Values only: no clock, no task, no thread.

Additive increase, multiplicative decrease, as TCP does it (RFC 5681): a refusal halves the limit,
and successes raise it by one for each round of calls. Below one call at a time, the limit becomes
a pause between two calls. All times are seconds on one monotonic clock.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Final

_DECREASE: Final = 0.5
# A 256th of the calls that one worker could make. The pause below is bounded anyway.
_LEAST: Final = 1 / 256
# Seconds. Long enough for a service that is down, short enough to notice that it is up again.
_LONGEST_PAUSE: Final = 10.0
# Seconds. Refusals in a row pause all calls for up to 0.25, 0.5, 1, … 8 s (full jitter), where the
# service doesn't say how long.
_FIRST_BACKOFF: Final = 0.25
_LONGEST_BACKOFF: Final = 8.0
# The share of the latest call in the average duration; TCP's is an eighth, too.
_NEWEST: Final = 1 / 8


class Rate:
    """The limit of calls at once, from 1/256 to ``most``, and when the next one may start."""

    def __init__(
        self, most: int, *, uniform: Callable[[float, float], float] = random.uniform
    ) -> None:
        self.limit: float = float(most)
        self.in_flight: int = 0
        self._most = most
        self._uniform = uniform
        self._opens_at = -math.inf
        self._decreased_at = -math.inf
        # Below it the limit doubles each round, since that much was fine before; above it, plus 1.
        self._threshold = float(most)
        self._refused_in_a_row = 0
        self._seconds_a_call = 0.0

    def wait(self, now: float) -> float | None:
        """Seconds until a call may start, 0.0 for now, or None: not before another one ends."""
        if self.in_flight >= max(1.0, math.floor(self.limit)):
            return None
        return max(0.0, self._opens_at - now)

    def start(self) -> None:
        """Count a call that starts."""
        self.in_flight += 1

    def end(self, now: float, started: float, *, succeeded: bool) -> None:
        """Count a call that ended. One that failed for its own reasons says nothing of the rate."""
        self.in_flight -= 1
        if not succeeded:
            return
        self._refused_in_a_row = 0
        self._seconds_a_call += _NEWEST * (now - started - self._seconds_a_call)
        if self.limit < self._most:
            self.limit = min(self._most, self.limit + self._gain())
        self._pause(now)

    def refuse(self, now: float, started: float, retry_after: float | None) -> None:
        """Count a refusal (429 or 503) of a call that was sent at ``started``.

        Refusals of calls that were under way together count as one. ``end`` is called as well.
        """
        if retry_after is not None:
            self._opens_at = max(self._opens_at, now + retry_after)
        if started < self._decreased_at:
            return
        if self._refused_in_a_row == 0:
            self._threshold = self.limit * _DECREASE
        self.limit = max(_LEAST, self.limit * _DECREASE)
        self._decreased_at = now
        if retry_after is None:
            longest = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(self._refused_in_a_row, 9))
            self._opens_at = max(self._opens_at, now + self._uniform(0.0, longest))
        self._refused_in_a_row += 1
        self._pause(now)

    def _gain(self) -> float:
        if self.limit < self._threshold:
            return min(1.0, self.limit)
        return min(1.0 / self.limit, self.limit / 32)

    def _pause(self, now: float) -> None:
        if self.limit < 1.0:
            pause = min(_LONGEST_PAUSE, self._seconds_a_call * (1.0 / self.limit - 1.0))
            self._opens_at = max(self._opens_at, now + pause)
