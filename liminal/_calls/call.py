"""The state of one call while it runs, how its tries end, and its answer. Values: no I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from logging import DEBUG
from typing import Any, Final

import httpx

from liminal._http.sockets.deadline import PROGRESS, Deadline
from liminal.errors import RequestError
from liminal_api.types import Operation, RequestKwargs

from .arguments.options import Options
from .observing.observation import Observation
from .observing.observers import EVERY_CLIENT, Observers
from .observing.report import LOG

# Where a request carries its Call; transports ignore extensions that they don't know.
CALL: Final = PROGRESS


class Call:
    """The state of one call while it runs, through all its tries."""

    def __init__(
        self,
        operation: Operation[Any],
        kwargs: RequestKwargs,
        options: Options,
        number: int = 0,
        *,
        seconds: float | None = None,
        login_of: Call | None = None,
        observers: Observers | None = None,
    ) -> None:
        self.operation: Operation[Any] = operation
        self.kwargs: RequestKwargs = kwargs
        self.options: Options = options
        self.number: int = number
        # Whether making the call twice does no harm.
        self.repeatable: bool = operation.repeatable
        self.is_login: bool = login_of is not None
        self.uses_user_client: bool = False
        self.deadline: Deadline = Deadline(call_seconds=seconds, try_seconds=options.try_seconds)
        self.attempts: int = 0
        # Refused tries that a bulk run waited for; they don't count as retries.
        self.refusals: int = 0
        # Whether a transport ever got the request, which the errors' `attempts` depend on.
        self.handed_over: bool = False
        self.sent: bool = False
        self.lost: bool = False
        # None if nothing observes the call: no callback, no trace, no log.
        self.observation: Observation | None = None
        if observers is not None and (
            observers.callbacks or observers.follows or EVERY_CLIENT or LOG.isEnabledFor(DEBUG)
        ):
            parent = None if login_of is None else login_of.observation
            self.observation = Observation(operation, observers, parent)
        # Whether it waits for a free connection of our own, or was waiting when the try ended.
        self.queues: bool = False
        # Called once, before the first send: a bulk run records calls that must not be repeated.
        self.before_sending: Callable[[], object] | None = None

    def login(self, operation: Operation[Any], kwargs: RequestKwargs, observers: Observers) -> Call:
        """The login that this call needs, in the time that this call has left."""
        left = self.deadline.call_left()
        return Call(
            operation, kwargs, self.options, seconds=left, login_of=self, observers=observers
        )

    def ahead_of_time(self) -> Call:
        """A copy for an early renewal, with half the time: the rest is for the call itself."""
        left = self.deadline.call_left() / 2
        early = Call(self.operation, self.kwargs, self.options, self.number, seconds=left)
        early.observation = self.observation
        return early

    def begin_try(self) -> None:
        self.attempts += 1
        self.sent = self.queues = False
        self.deadline.begin_try()

    def mark_sending(self) -> None:
        """Record that a transport gets the request now.

        Our own marks it as sent when it reads the body. A caller's client may keep the body without
        reading it, so there the request counts as sent at once.
        """
        before_sending, self.before_sending = self.before_sending, None
        if before_sending is not None:
            before_sending()
        self.handed_over = True
        self.sent = self.uses_user_client

    @property
    def context(self) -> dict[str, Any]:
        """What every error of this call carries."""
        attempts = self.attempts if self.handed_over else 0
        return {"operation": self.operation.id, "attempts": attempts}


class Fault(Enum):
    """How a try ended without an answer."""

    UNSENT = "unsent"  # connect refused, connect or pool timeout: no byte of the request left
    LOST = "lost"  # reset, read timeout, cut answer: the service may have acted on it


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its whole body."""

    status_code: int
    headers: httpx.Headers = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """A try that failed: what to raise, and what kind of failure it was (None: never try again)."""

    error: RequestError
    outcome: Fault | int | None
