"""The validated settings of a client, and the clock that enforces the deadline of a call."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Protocol

import httpx

from liminal.errors import LiminalError

from .checks import check_count
from .headers import checked_headers
from .monotonic import monotonic

DEFAULT_TIMEOUT: Final = 60.0
DEFAULT_DEADLINE: Final = 120.0
DEFAULT_MAX_RETRIES: Final = 2
# Far above any real answer (a list of 10,000 threads is 7 MB), far below the memory of a service.
DEFAULT_MAX_BODY_BYTES: Final = 64 * 1024 * 1024
# A connection that takes longer than five seconds is better retried than waited for.
_CONNECT_TIMEOUT: Final = 5.0
# Some thirty years, in seconds: sockets do not accept much longer timeouts.
_LONGEST: Final = 1e9


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_seconds(name: str, value: object) -> None:
    if not _is_number(value) or not 0 < value < _LONGEST:  # type: ignore[operator]
        raise LiminalError(f"{name} must be a positive number of seconds, or None for no bound")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Timeouts, retries and size limits of a client. Invalid values raise LiminalError.

    The defaults are in the signature of the client, where users see them.
    """

    timeout: float | httpx.Timeout | None
    deadline: float | None
    max_retries: int
    max_body_bytes: int
    max_event_bytes: int
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    # The httpx timeouts of each kind of wait on the socket, derived from `timeout`.
    waits: dict[str, float | None] = field(init=False, repr=False)
    longest_wait: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name, value in self._times().items():
            if value is not None:
                _check_seconds(name, value)
        check_count("max_retries", self.max_retries, least=0)
        check_count("max_body_bytes", self.max_body_bytes, least=1)
        check_count("max_event_bytes", self.max_event_bytes, least=1)
        object.__setattr__(self, "headers", checked_headers(self.headers))
        waits = self._waits()
        longest = max(math.inf if wait is None else wait for wait in waits.values())
        object.__setattr__(self, "waits", waits)
        object.__setattr__(self, "longest_wait", longest)

    def _times(self) -> Mapping[str, object]:
        if isinstance(self.timeout, httpx.Timeout):
            parts = self.timeout.as_dict().items()
            return {f"timeout.{part}": value for part, value in parts} | {"deadline": self.deadline}
        return {"timeout": self.timeout, "deadline": self.deadline}

    def _waits(self) -> dict[str, float | None]:
        if isinstance(self.timeout, httpx.Timeout):
            return self.timeout.as_dict()
        connect = None if self.timeout is None else min(self.timeout, _CONNECT_TIMEOUT)
        return httpx.Timeout(self.timeout, connect=connect).as_dict()

    def changed(self, changes: Mapping[str, Any]) -> Options:
        """A copy with some options changed; LiminalError for an unknown name."""
        names = {field.name for field in fields(Options) if field.init}
        unknown = sorted(changes.keys() - names)
        if unknown:
            raise LiminalError(
                f"no such option: {', '.join(unknown)}; there are {', '.join(sorted(names))}"
            )
        return replace(self, **changes)

    @property
    def try_seconds(self) -> float | None:
        """Seconds that one attempt may take; None with an httpx.Timeout, which bounds its parts."""
        return None if isinstance(self.timeout, httpx.Timeout) else self.timeout


class Limit(Protocol):
    """What enforces a clock's bound at the moment (a cancel scope, or the sockets' own limit)."""

    def move(self, seconds: float) -> None:
        """Let the time run out ``seconds`` from now."""


class Clock:
    """Two bounds on the monotonic clock: the whole call's, and within it the present try's.

    Both can stand still: a person who signs in is bounded by the provider alone, and a renewal in
    the middle of a try has tries of its own.
    """

    __slots__ = ("_call_ends", "_try_ends", "_try_seconds", "inner", "is_cut", "limit")

    def __init__(self, *, call_seconds: float | None, try_seconds: float | None) -> None:
        self._call_ends = monotonic() + (math.inf if call_seconds is None else call_seconds)
        self._try_seconds = math.inf if try_seconds is None else try_seconds
        self._try_ends = math.inf
        self.is_cut: bool = False
        # That of a call within this call: a login. It is cut along with this one.
        self.inner: Clock | None = None
        self.limit: Limit | None = None

    def begin_try(self) -> None:
        self._try_ends = monotonic() + self._try_seconds

    def call_left(self) -> float:
        """Seconds until the deadline; negative after it, infinite without one."""
        return -math.inf if self.is_cut else self._call_ends - monotonic()

    def left(self) -> float:
        """Seconds until the nearer of the two bounds."""
        return -math.inf if self.is_cut else min(self._call_ends, self._try_ends) - monotonic()

    def enforce(self, limit: Limit) -> float:
        """Keep ``limit`` in step with this clock until another is set; gives the seconds left."""
        self.limit = limit
        left = self.left()
        limit.move(left)
        return left

    @contextmanager
    def try_stopped(self) -> Generator[None, None, None]:
        """The try's bound stands still; the deadline goes on."""
        begun, ends = monotonic(), self._try_ends
        self._try_ends = math.inf
        self._tell()
        try:
            yield
        finally:
            self._try_ends = ends + (monotonic() - begun)
            self._tell()

    @contextmanager
    def stopped(self) -> Generator[None, None, None]:
        """Both bounds stand still."""
        begun, ends = monotonic(), self._call_ends
        self._call_ends = math.inf
        try:
            with self.try_stopped():
                yield
        finally:
            self._call_ends = ends + (monotonic() - begun)
            self._tell()

    def cut(self) -> None:
        """The call is over for good: nobody waits for it.

        From any task of the call's own event loop; for a blocking call, from any thread.
        """
        self.is_cut = True
        self._tell()
        inner = self.inner
        if inner is not None:
            inner.cut()

    @contextmanager
    def cutting(self, inner: Clock) -> Generator[None, None, None]:
        """While the block runs, to cut this clock cuts ``inner`` as well."""
        self.inner = inner
        if self.is_cut:
            inner.cut()
        try:
            yield
        finally:
            self.inner = None

    def _tell(self) -> None:
        limit = self.limit
        if limit is not None:
            limit.move(self.left())
