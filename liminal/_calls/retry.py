"""Decides whether and when a failed try is repeated, by itself or as one of a bulk run. No I/O."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from contextvars import ContextVar
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

import httpx

from .call import Call, Failure, Fault

# Seconds. The service may ask for any wait; beyond a minute the error serves the caller better.
LONGEST_WAIT: Final = 60.0
# Seconds. The backoff doubles from half a second (one second for 429) up to this.
LONGEST_BACKOFF: Final = 8.0
# Some thirty years in seconds: a number this large is a mistake.
_ABSURD: Final = 1e9
# RFC 9110 allows whole seconds; some services send fractions. float() would accept far more.
_DELAY: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_TRANSIENT: Final = frozenset({408, 500, 502, 503, 504})
# An overloaded service refuses calls with either status.
_REFUSALS: Final = frozenset({429, 503})


def retry_delay(failure: Failure, call: Call, bucket: TokenBucket) -> float | None:
    """Seconds until the next try, or None if the call fails with this failure."""
    retry = call.attempts - 1 - call.refusals
    if retry >= call.options.max_retries or not may_send_again(call, failure):
        return None
    delay = delay_before_retry(
        retry, rate_limited=failure.outcome == 429, retry_after=retry_after_of(failure)
    )
    if delay is None or delay >= call.deadline.call_left() or not bucket.take():
        return None
    return delay


def is_refusal(failure: Failure) -> bool:
    """Whether the service refused the call because of a rate limit or an overload."""
    return failure.outcome in _REFUSALS


def retry_after_of(failure: Failure) -> float | None:
    """The seconds that the service asks to wait, or None."""
    seconds: float | None = getattr(failure.error, "retry_after", None)
    return seconds


def may_send_again(call: Call, failure: Failure) -> bool:
    """Whether a call that failed may be sent again without doing anything twice."""
    return failure.outcome is not None and is_retryable(
        failure.outcome,
        repeatable=call.repeatable,
        retry_after=retry_after_of(failure),
    )


def is_retryable(outcome: Fault | int, *, repeatable: bool, retry_after: float | None) -> bool:
    """Whether an attempt with this outcome (a fault or an HTTP status) may be retried.

    ``repeatable``: carrying out the operation twice does no harm.
    """
    if outcome is Fault.UNSENT or _turned_away(outcome, retry_after):
        return True
    return repeatable and (outcome is Fault.LOST or outcome in _TRANSIENT)


def may_have_acted(status: int, retry_after: float | None) -> bool:
    """Whether the service may have acted on the request despite this status."""
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
    ``Retry-After`` is obeyed exactly, never shortened.
    """
    if retry_after is not None:
        return retry_after if retry_after <= LONGEST_WAIT else None
    base = 1.0 if rate_limited else 0.5
    return uniform(0.0, min(LONGEST_BACKOFF, base * 2.0 ** min(retry, 10)))


def parse_retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that ``Retry-After`` asks for (RFC 9110, 10.2.3), or None if it says nothing usable.

    A date is compared with the answer's own ``Date``, so a wrong local clock does no harm.
    Anything that is neither a decimal number nor a date is ignored, and so are absurd values.
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
    """Seconds from the answer's date to this one; NaN if either can't be parsed."""
    try:
        return (parsedate_to_datetime(date) - parsedate_to_datetime(now or "")).total_seconds()
    except (TypeError, ValueError, OverflowError):  # also if only one has a time zone
        return math.nan


class TokenBucket:
    """Limits retries against a failing server: a retry costs tokens, a good call pays one back.

    The figures are those of the AWS SDKs' standard retry mode: 500 tokens, 5 a retry, which allows
    about a hundred retries in a row, and 1 back for each call that succeeds without one. There is
    no lock: a race between threads may lose a token or two.
    """

    CAPACITY: Final = 500
    RETRY_COST: Final = 5

    def __init__(self) -> None:
        self.spent: int = 0

    def take(self) -> bool:
        """Pay for a retry; False if there are too few tokens."""
        if self.spent + self.RETRY_COST > self.CAPACITY:
            return False
        self.spent += self.RETRY_COST
        return True

    def give_back(self) -> None:
        """Credit a call that succeeded without a retry."""
        self.spent = max(0, self.spent - 1)


# A bulk run paces its calls. It puts each item into a context variable, where every call finds it
# that the item's function makes.


class _Paced(Protocol):
    def sends(self, operation: str) -> None:
        """An operation that must not be repeated is about to be sent."""


class Pacer(_Paced, Protocol):
    """An item of a run in threads."""

    def refused(self, retry_after: float | None, *, retryable: bool) -> bool:
        """Wait until the run may send again; False if the call is to fail."""
        ...


class AsyncPacer(_Paced, Protocol):
    """An item of a run in tasks."""

    async def refused(self, retry_after: float | None, *, retryable: bool) -> bool:
        """Wait until the run may send again; False if the call is to fail."""
        ...


# Two variables, since a run in tasks may call functions in threads, with copies of its context.
PACER: Final[ContextVar[Pacer | None]] = ContextVar("PACER", default=None)
ASYNC_PACER: Final[ContextVar[AsyncPacer | None]] = ContextVar("ASYNC_PACER", default=None)
