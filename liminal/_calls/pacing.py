"""How a call is paced when it is one of many: by the item of a bulk run that it belongs to.

The run puts the item into a context variable, so that it reaches every call that the item's
function makes. A call that isn't part of a bulk run looks the variable up once, and finds nothing.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final, Protocol

from .call import Call, Failure
from .retry import is_retryable

# An overloaded service refuses calls with either status.
_REFUSALS: Final = frozenset({429, 503})


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


def is_refusal(failure: Failure) -> bool:
    """Whether the service refused the call because of a rate limit or an overload."""
    return failure.outcome in _REFUSALS


def retry_after_of(failure: Failure) -> float | None:
    """The seconds that the service asks to wait, or None."""
    seconds: float | None = getattr(failure.error, "retry_after", None)
    return seconds


def may_send_again(call: Call, failure: Failure) -> bool:
    """Whether a refused call can be sent again without doing anything twice."""
    return failure.outcome is not None and is_retryable(
        failure.outcome,
        repeatable=call.operation.repeatable,
        retry_after=retry_after_of(failure),
    )
