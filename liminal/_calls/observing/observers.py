"""The observers of a client's calls: callbacks, and traces that follow each call."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from liminal.errors import LiminalError

if TYPE_CHECKING:  # so that telemetry can observe every client before there is one
    from collections.abc import Callable, Mapping

    import httpx

    from liminal._http.settings.server_url import ServerUrl
    from liminal_api.types import Operation

    from .report import CallReport

    Callback = Callable[[CallReport], object]
    # Begins to follow a call to a server. For a login, the trace is that of the call that needs it.
    Follow = Callable[[Operation[Any], ServerUrl, "Trace | None"], "Trace"]

C = TypeVar("C", bound="Callable[..., object]")

# The block in which a request without traces is sent.
UNTRACED: Final[AbstractContextManager[None]] = nullcontext()


class Trace:
    """Follows one call. If a method raises, the error's type is logged and the call goes on."""

    # For that log record.
    name: ClassVar[str] = "telemetry"

    def sends(self, headers: httpx.Headers, resends: int) -> AbstractContextManager[object]:
        """A request is sent in the block; it is the call's first if ``resends`` is 0."""
        return UNTRACED

    def notes(self, event: str, attributes: Mapping[str, str | float]) -> None:
        """Something happened during the call, such as a retry or a renewal."""

    def joins(self, thread_id: int) -> None:
        """The call adds a turn to this thread."""

    def answers(self, value: object) -> None:
        """The answer was decoded. It holds content, of which nothing may be kept."""

    def ended(self, report: CallReport) -> None:
        """The call is over."""


# Begin to follow the calls of all clients. A client's own entry of the same key takes precedence.
EVERY_CLIENT: Final[dict[object, Follow]] = {}


class Observers:
    """The observers of one client and of its copies with other options."""

    __slots__ = ("callbacks", "follows", "server")

    def __init__(self, server: ServerUrl) -> None:
        self.server: ServerUrl = server
        self.callbacks: dict[object, Callback] = {}
        self.follows: dict[object, Follow] = {}


# The observers that receive the report of a login. Calls wait until these return.
REPORTING_LOGIN: Final[ContextVar[Observers | None]] = ContextVar("reporting_login", default=None)


def subscribe(what: str, callback: C, callbacks: dict[object, C]) -> Callable[[], None]:
    """Add ``callback`` to ``callbacks``. The returned function removes it.

    Raises LiminalError, which names ``what`` it is for, unless it is a plain function or callable:
    a coroutine function, or an object with an asynchronous ``__call__``, would not be awaited.
    """
    called = getattr(callback, "__call__", None)  # noqa: B004 - of an object, it may be async
    if not callable(callback) or iscoroutinefunction(callback) or iscoroutinefunction(called):
        raise LiminalError(f"{what} must be a plain function")
    key = object()
    callbacks[key] = callback

    def unsubscribe() -> None:
        callbacks.pop(key, None)

    return unsubscribe
