"""Who observes the calls of a client: callbacks, and traces that follow each call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, TypeVar

import httpx

from liminal.errors import LiminalError
from liminal_api.types import Operation

from .report import CallReport

T = TypeVar("T")
Callback = Callable[[CallReport], object]


class Trace:
    """Follows one call. What a method raises is logged by its type, and breaks no call."""

    # For that log record.
    name: ClassVar[str] = "a trace"

    def sends(self, headers: httpx.Headers, resends: int) -> None:
        """A request is about to be sent; it is the call's first if ``resends`` is 0."""

    def notes(self, event: str, attributes: Mapping[str, str | float]) -> None:
        """Something happened on the way: a retry, a renewal."""

    def ended(self, report: CallReport) -> None:
        """The call is over."""


# Begins to follow a call. The trace is that of the call for whose sake a login is made, if any.
Follow = Callable[[Operation[Any], Trace | None], Trace]
# Begin to follow the calls of all clients.
EVERY_CLIENT: Final[dict[object, Follow]] = {}


class Observers:
    """Those of one client, and of its copies with other options."""

    __slots__ = ("callbacks", "follows")

    def __init__(self) -> None:
        self.callbacks: dict[object, Callback] = {}
        self.follows: dict[object, Follow] = {}


def report_to(callback: Callback, observers: Observers) -> Callable[[], None]:
    """Give ``callback`` the report of each call from now on; the returned function ends that."""
    if not callable(callback) or inspect.iscoroutinefunction(callback):
        raise LiminalError("an on_call callback must be a plain function")
    return added(callback, observers.callbacks)


def added(observer: T, observers: dict[object, T]) -> Callable[[], None]:
    """Add an observer, which may be there already; the returned function takes it out again."""
    key = object()
    observers[key] = observer

    def remove() -> None:
        observers.pop(key, None)

    return remove
