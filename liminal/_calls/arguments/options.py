"""The validated settings of a client."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

import httpx

from liminal.errors import LiminalError

from .checks import check_count
from .headers import checked_headers

DEFAULT_TIMEOUT: Final = 60.0
DEFAULT_DEADLINE: Final = 120.0
DEFAULT_MAX_RETRIES: Final = 2
# Far more than any real answer (10,000 threads are 7 MB), and far less than a service's memory.
DEFAULT_MAX_BODY_BYTES: Final = 64 * 1024 * 1024
# If connecting takes longer than five seconds, a retry is likely to be faster.
_CONNECT_TIMEOUT: Final = 5.0
# About thirty years, in seconds. Sockets do not accept much longer timeouts.
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
    # The timeout of each kind of wait, as httpx takes them. Derived from `timeout`.
    waits: dict[str, float | None] = field(init=False, repr=False)
    longest_wait: float = field(init=False, repr=False)
    # Seconds that one attempt may take; None with an httpx.Timeout, which bounds its parts.
    try_seconds: float | None = field(init=False, repr=False)

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
        try_seconds = None if isinstance(self.timeout, httpx.Timeout) else self.timeout
        object.__setattr__(self, "try_seconds", try_seconds)

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
        """Return a copy with some options changed. Raises LiminalError for an unknown name."""
        names = {field.name for field in fields(Options) if field.init}
        unknown = sorted(changes.keys() - names)
        if unknown:
            raise LiminalError(
                f"no such option: {', '.join(unknown)}; there are {', '.join(sorted(names))}"
            )
        return replace(self, **changes)
