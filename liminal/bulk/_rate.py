"""Finds how many calls at once the service accepts. Uses no clock, task or thread itself.

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
# The lowest limit, for which the pause is 255 times as long as a call, but bounded as below.
_LEAST: Final = 1 / 256
# Seconds. Long enough for a service that is down, short enough to notice that it is up again.
_LONGEST_PAUSE: Final = 10.0
# Seconds. Refusals in a row pause all calls for up to 0.25, 0.5, 1, … 8 s (full jitter), where the
# service doesn't say how long.
_FIRST_BACKOFF: Final = 0.25
_LONGEST_BACKOFF: Final = 8.0
# The weight of the latest call in the average duration, as in TCP (RFC 6298).
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
        # The limit doubles each round up to this one, which worked before; beyond, it grows by 1.
        self._threshold = float(most)
        self._refused_in_a_row = 0
        self._seconds_a_call = 0.0

    def wait(self, now: float) -> float | None:
        """Return the seconds until a call may start; None if another one has to end first."""
        if self.in_flight >= max(1.0, math.floor(self.limit)):
            return None
        return max(0.0, self._opens_at - now)

    def start(self) -> None:
        """Count a call that starts."""
        self.in_flight += 1

    def end(self, now: float, started: float, *, succeeded: bool) -> None:
        """Count a call that ended. One that failed by itself doesn't change the rate."""
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

        Refusals of calls that ran at the same time count as one. ``end`` must still be called.
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
