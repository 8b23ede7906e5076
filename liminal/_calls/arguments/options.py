"""The validated settings of a client: timeouts, limits, and extra headers for each request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, cast

import httpx

from liminal.errors import LiminalError

DEFAULT_TIMEOUT: Final = 60.0
DEFAULT_DEADLINE: Final = 120.0
DEFAULT_MAX_RETRIES: Final = 2
# Far more than any real answer (10,000 threads are 7 MB), and far less than a service's memory.
DEFAULT_MAX_BODY_BYTES: Final = 64 * 1024 * 1024
# If connecting takes longer than five seconds, a retry is likely to be faster.
_CONNECT_TIMEOUT: Final = 5.0
# About thirty years, in seconds. Sockets do not accept much longer timeouts.
_LONGEST: Final = 1e9
# RFC 9110, 5.6.2.
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# The client sets these itself: the session, the target, the framing and encoding of the body, and
# the formats that it can read.
_RESERVED: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def _check_seconds(name: str, value: object) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < _LONGEST:  # type: ignore[operator]
        raise LiminalError(f"{name} must be a positive number of seconds, or None for no limit")


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
        object.__setattr__(self, "waits", self._waits())
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
                f"no such option: {', '.join(unknown)}; the options are {', '.join(sorted(names))}"
            )
        return replace(self, **changes)


def check_count(name: str, value: object, *, least: int) -> None:
    """Raise LiminalError unless the value is an int of at least ``least``."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise LiminalError(f"{name} must be a whole number, {least} or more")


def checked_headers(headers: object) -> Mapping[str, str]:
    """Return the validated headers. A LiminalError says what is wrong without quoting a value."""
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise LiminalError("headers must be a mapping of names to values, both str")
    from liminal_api.security import SCHEMES  # noqa: PLC0415 - keeps imports cheap

    reserved = _RESERVED | {SCHEMES["environmentToken"].name.lower()}
    found = dict(cast("Mapping[object, object]", headers))
    for name, value in found.items():
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise LiminalError("headers must have names that HTTP allows (RFC 9110, 5.6.2)")
        if name.lower() in reserved:
            raise LiminalError(f"headers can't replace {name}, which this client sets")
        if not isinstance(value, str) or not _is_value(value):
            raise LiminalError(f"headers must have a str of visible ASCII for {name}")
    return cast("dict[str, str]", found)


def _is_value(value: str) -> bool:
    return value.isascii() and value.isprintable() and value == value.strip()


def merged(own: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, str]:
    """Return ``headers`` updated by ``own``. The case of names is ignored."""
    names = {name.lower() for name in own}
    return {k: v for k, v in headers.items() if k.lower() not in names} | dict(own)
