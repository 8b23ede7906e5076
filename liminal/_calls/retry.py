"""When a failed try may be made again, and how long to wait first: pure decisions, no clock."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx

# The service may ask for any wait; past a minute a caller is better served by the error.
LONGEST_WAIT: Final = 60.0
# Jitter doubles from half a second (a second for 429, which asks for patience) up to this.
LONGEST_BACKOFF: Final = 8.0
# Some thirty years: a number this large is a mistake, not an instruction.
_ABSURD: Final = 1e9
# RFC 9110 has whole seconds; some services send parts of them. Python's float() reads far more.
_DELAY: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_TRANSIENT: Final = frozenset({408, 500, 502, 503, 504})


class Fault(Enum):
    """How a try ended without an answer."""

    UNSENT = "unsent"  # connect refused, connect or pool timeout: no byte of the request left
    LOST = "lost"  # reset, read timeout, cut answer: the service may have acted on it


def is_retryable(outcome: Fault | int, *, repeatable: bool, retry_after: float | None) -> bool:
    """Whether a try with this outcome (a fault, or an HTTP status) may be made again.

    ``repeatable`` says that the operation does no harm when it is done twice.
    """
    if outcome is Fault.UNSENT or _turned_away(outcome, retry_after):
        return True
    return repeatable and (outcome is Fault.LOST or outcome in _TRANSIENT)


def may_have_acted(status: int, retry_after: float | None) -> bool:
    """Whether an answer with this status leaves open what the service did."""
    return (status == 408 or status >= 500) and not _turned_away(status, retry_after)


def _turned_away(outcome: Fault | int, retry_after: float | None) -> bool:
    return outcome == 429 or (outcome == 503 and retry_after is not None)


def delay_before_retry(
    retry: int,
    *,
    rate_limited: bool,
    retry_after: float | None,
    uniform: Callable[[float, float], float] = random.uniform,
) -> float | None:
    """Seconds to wait before retry number ``retry`` (0 is the first), or None: do not wait, raise.

    Full jitter (uniform from 0 to the cap) spreads the callers that failed together. A
    ``Retry-After`` is obeyed to the letter, and never undercut.
    """
    if retry_after is not None:
        return retry_after if retry_after <= LONGEST_WAIT else None
    base = 1.0 if rate_limited else 0.5
    return uniform(0.0, min(LONGEST_BACKOFF, base * 2.0 ** min(retry, 10)))


def parse_retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that ``Retry-After`` asks for (RFC 9110, 10.2.3), or None if it says nothing usable.

    A date is measured against the answer's own ``Date``, so a wrong clock here does no harm.
    What is neither digits, with a decimal point at most, nor a date is no instruction and ignored;
    so are absurd values.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if _DELAY.fullmatch(value):
        seconds = float(value)
    else:
        seconds = _seconds_until(value, headers.get("date"))
    return seconds if 0.0 <= seconds < _ABSURD else None


def _seconds_until(date: str, now: str | None) -> float:
    """How far an HTTP date lies after the answer's own; NaN where either can't be read."""
    try:
        return (parsedate_to_datetime(date) - parsedate_to_datetime(now or "")).total_seconds()
    except (
        TypeError,
        ValueError,
        OverflowError,
    ):  # not a date; or one with a time zone, the other without
        return math.nan


class TokenBucket:
    """Keeps a client from hammering a broken server: each retry costs, each good call pays back.

    Figures as in the AWS SDKs' standard retry mode: 500 tokens, 5 a retry, so that about a hundred
    retries in a row are possible, and 1 back for each call that succeeds without one. Updates are
    single bytecode-level reads and writes without a lock: a race between threads may lose a token
    or two.
    """

    CAPACITY: Final = 500
    RETRY_COST: Final = 5

    def __init__(self) -> None:
        self.tokens: int = self.CAPACITY

    def take(self) -> bool:
        """Pay for a retry; False when there is not enough left."""
        if self.tokens < self.RETRY_COST:
            return False
        self.tokens -= self.RETRY_COST
        return True

    def give_back(self) -> None:
        """A call succeeded at its first try."""
        self.tokens = min(self.CAPACITY, self.tokens + 1)
