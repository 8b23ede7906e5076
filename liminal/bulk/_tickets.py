"""Follows one item while its function runs: when its calls may start, and what they have sent.

Calls find the ticket in a context variable (``liminal._calls.retry``). There are two variants,
since tasks and threads wait differently.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from liminal._calls.discreet import emptied
from liminal._calls.retry import may_have_acted
from liminal.errors import APIConnectionError, APIStatusError, AuthError, LiminalError, RequestError

from ._gates import AsyncGate, Gate
from ._jobs import Job
from ._result import BulkResult
from ._settings import Settings

if TYPE_CHECKING:
    from ._journal import Claim

# A call may be refused while others succeed; after this many refusals, it fails.
_MOST_REFUSALS: Final = 20
# Seconds. A longer Retry-After fails the item, so that the run doesn't seem to hang.
_LONGEST_WAIT: Final = 3600.0


G = TypeVar("G", AsyncGate, Gate)


class _Ticket(Generic[G]):
    """Counts what one item has sent and how often it was refused."""

    def __init__(self, gate: G, claim: Claim | None) -> None:
        self._gate: G = gate
        self._claim = claim
        self._starts: list[float] = []  # several, if the function makes concurrent calls
        self._refusals = 0
        self._sent: list[str] = []
        if claim is not None:
            claim.retain()

    def sends(self, operation: str) -> None:
        """Record in the journal that a request is about to be sent that must not be repeated."""
        self._sent.append(operation)
        if self._claim is not None:
            self._claim.mark_sent()

    def leave(self, *, succeeded: bool) -> None:
        """Let other items start."""
        while self._starts:
            self._gate.leave(self._starts.pop(), succeeded=succeeded)

    def abandon(self, *, succeeded: bool = False) -> None:
        """End the item without a result: let other items start, and release the journal."""
        self.leave(succeeded=succeeded)
        if self._claim is not None:
            self._claim.release()

    def settle(
        self, job: Job[Any], outcome: BulkResult[Any] | BaseException, settings: Settings
    ) -> BulkResult[Any] | BaseException:
        """Return the item's result, after recording it, or the error that ends the run."""
        succeeded = isinstance(outcome, BulkResult)
        try:
            self._note(outcome, settings)
        except LiminalError as error:
            return emptied(error)
        finally:
            self.abandon(succeeded=succeeded)
        if succeeded or not isinstance(outcome, Exception) or settings.ends_the_run(outcome):
            return outcome
        return job.result(error=outcome)

    def _note(self, outcome: BulkResult[Any] | BaseException, settings: Settings) -> None:
        if self._claim is None:
            return
        if isinstance(outcome, BulkResult):
            self._claim.finish(outcome.value)
        elif self._sent and (
            self._did_nothing(outcome)
            # Without a session, the call was not made. The error may be that of the login.
            or (settings.is_one_call and isinstance(outcome, AuthError))
        ):
            self._claim.reopen()

    def _did_nothing(self, error: BaseException) -> bool:
        if not isinstance(error, RequestError) or self._sent != [error.operation]:
            return False
        if isinstance(error, APIConnectionError):
            return not error.may_have_been_processed
        return isinstance(error, APIStatusError) and not may_have_acted(
            error.status_code, error.retry_after
        )

    def _refuse(self, retry_after: float | None, *, retryable: bool) -> bool:
        """Inform the gate; return whether the item should wait there and be sent again."""
        self._refusals += 1
        too_long = retry_after is not None and retry_after > _LONGEST_WAIT
        started = self._starts[-1] if self._starts else -math.inf
        self._gate.refuse(started, None if too_long else retry_after)
        if not retryable or too_long or self._refusals > _MOST_REFUSALS:
            return False
        if self._claim is not None and len(self._sent) == 1:
            self._claim.reopen()  # the wait may take minutes, and the process may be killed
        self.leave(succeeded=False)
        return True

    def _again(self) -> None:
        if self._claim is not None and len(self._sent) == 1:
            self._claim.mark_sent()


class AsyncTicket(_Ticket[AsyncGate]):
    """For an item in a task."""

    async def enter(self) -> None:
        """Wait until the item may be sent."""
        self._starts.append(await self._gate.enter())

    async def refused(self, retry_after: float | None, *, retryable: bool) -> bool:
        """Wait until the run may send again; False if the call is to fail."""
        if not self._refuse(retry_after, retryable=retryable):
            return False
        await self.enter()
        self._again()
        return True


class Ticket(_Ticket[Gate]):
    """For an item in a thread."""

    def enter(self) -> None:
        """Wait until the item may be sent."""
        self._starts.append(self._gate.enter())

    def refused(self, retry_after: float | None, *, retryable: bool) -> bool:
        """Wait until the run may send again; False if the call is to fail."""
        if not self._refuse(retry_after, retryable=retryable):
            return False
        self.enter()
        self._again()
        return True
