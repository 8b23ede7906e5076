"""What a call and its connection share: the time that is left, and the progress of a request."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from .monotonic import monotonic


class Limit(Protocol):
    """What enforces a deadline now: a cancel scope, or the limit of a thread's waits."""

    def move(self, seconds: float) -> None:
        """Let the time run out ``seconds`` from now."""


class Deadline:
    """Two bounds on the monotonic clock: the whole call's, and within it the present try's.

    Both can be paused: a person's sign-in is limited only by the provider, and a renewal in the
    middle of a try has its own tries.
    """

    __slots__ = (
        "__weakref__",
        "_call_ends",
        "_try_ends",
        "_try_seconds",
        "inner",
        "is_cancelled",
        "limit",
        "loop",
        "waited",
    )

    def __init__(self, *, call_seconds: float | None, try_seconds: float | None) -> None:
        self._call_ends = monotonic() + (math.inf if call_seconds is None else call_seconds)
        self._try_seconds = math.inf if try_seconds is None else try_seconds
        self._try_ends = math.inf
        self.is_cancelled: bool = False
        # The deadline of a login within this call, which is cancelled along with it.
        self.inner: Deadline | None = None
        # The event loop of the call: asyncio's, or trio's token. None in threads.
        self.loop: Any = None
        # Follows this deadline's changes.
        self.limit: Limit | None = None
        # Seconds for which the try's bound was paused: between tries, and for the session.
        self.waited: float = 0.0

    def begin_try(self) -> None:
        self._try_ends = monotonic() + self._try_seconds

    def call_left(self) -> float:
        """Seconds until the deadline; negative after it, infinite without one."""
        return -math.inf if self.is_cancelled else self._call_ends - monotonic()

    def left(self) -> float:
        """Seconds until the nearer of the two bounds."""
        ends = -math.inf if self.is_cancelled else min(self._call_ends, self._try_ends)
        return ends - monotonic()

    def ends_within(self, seconds: float) -> bool:
        """Whether the nearer of the bounds is enforced and ends within ``seconds``."""
        return self.limit is not None and self.left() <= seconds

    @contextmanager
    def try_paused(self) -> Generator[None, None, None]:
        """Pause the try's bound, not the call's."""
        begun, ends, before = monotonic(), self._try_ends, self.waited
        self._try_ends = math.inf
        self._notify()
        try:
            yield
        finally:
            seconds = monotonic() - begun
            self._try_ends = ends + seconds
            self.waited = before + seconds  # blocks within this one included
            self._notify()

    @contextmanager
    def paused(self) -> Generator[None, None, None]:
        """Pause both bounds."""
        begun, ends = monotonic(), self._call_ends
        self._call_ends = math.inf
        try:
            with self.try_paused():
                yield
        finally:
            self._call_ends = ends + (monotonic() - begun)
            self._notify()

    def cancel(self) -> None:
        """End the call permanently, from any thread."""
        self.is_cancelled = True
        self._notify()
        inner = self.inner
        if inner is not None:
            inner.cancel()

    @contextmanager
    def cancelling(self, inner: Deadline) -> Generator[None, None, None]:
        """Cancel ``inner`` too if this one is cancelled during the block."""
        inner.loop = self.loop
        self.inner = inner
        if self.is_cancelled:
            inner.cancel()
        try:
            yield
        finally:
            self.inner = None

    def _notify(self) -> None:
        limit = self.limit
        if limit is not None:
            limit.move(self.left())


# Where a request carries its Progress, among httpx's extensions.
PROGRESS: Final = "liminal.call"


class Progress(Protocol):
    """The call behind a request, as its connection sees it."""

    # Whether it waits for a free connection, or was waiting when it failed.
    queues: bool
    # Whether some of it may have reached the server.
    sent: bool
    # The time that it has left.
    deadline: Deadline

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does no harm."""
        ...
