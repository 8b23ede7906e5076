"""The session of one client, as values: which cookie is ours, which is newest, when it is due."""

from __future__ import annotations

import itertools
import math
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import attrs

from liminal_api.security import SCHEMES

if TYPE_CHECKING:
    from .errors import LiminalError

SESSION_COOKIE: Final = SCHEMES["sessionCookie"].name

# A session is renewed this much of its lifetime before it ends, but no earlier than a minute.
_AHEAD: Final = 0.1
_AHEAD_AT_MOST: Final = 60.0


@attrs.frozen
class SessionCookie:
    """A ``Set-Cookie`` of the service for our session. ``lifetime`` in seconds, None: not said."""

    value: str = attrs.field(repr=False)
    lifetime: float | None = None

    @property
    def is_deletion(self) -> bool:
        """The service took the session back: an empty value, or one that has expired already."""
        return not self.value or (self.lifetime is not None and self.lifetime <= 0)


def find_session_cookie(set_cookies: list[str], host: str, now: float) -> SessionCookie | None:
    """The session that an answer's ``Set-Cookie`` lines give, or None.

    Parsed as RFC 6265, 5.2 says. When there are several the last counts, as in a browser. A cookie
    for another domain is not ours, nor is one whose value could not be sent back. ``now`` is the
    wall clock in seconds since the epoch, against which ``Expires`` is turned into a lifetime.
    """
    found = None
    for line in set_cookies:
        pair, *attributes = line.split(";")
        name, _, value = (part.strip() for part in pair.partition("="))
        if name != SESSION_COOKIE or not is_cookie_value(value):
            continue
        named = dict(_attribute(text) for text in attributes)
        if _is_for(named.get("domain", ""), host):
            found = SessionCookie(value, _lifetime(named, now))
    return found


def is_cookie_value(value: str) -> bool:
    """Whether this can be sent back as it came: visible ASCII, no semicolon (RFC 6265, 5.2)."""
    return value.isascii() and (value.isprintable()) and not set(value) & {" ", ";"}


def _attribute(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip()


def _is_for(domain: str, host: str) -> bool:
    """RFC 6265, 5.1.3: the same host, or one that lies below the domain."""
    domain = domain.removeprefix(".").lower()
    return not domain or host == domain or host.endswith("." + domain)


def _lifetime(attributes: dict[str, str], now: float) -> float | None:
    """``Max-Age`` wins over ``Expires`` (RFC 6265, 5.3); what can't be read is not there."""
    age = attributes.get("max-age", "")
    if age.removeprefix("-").isdecimal() and age.isascii():
        return float(age)
    try:
        return parsedate_to_datetime(attributes["expires"]).timestamp() - now
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


@attrs.frozen
class Held:
    """The session as it is at one moment: read it once, then sign and compare with that."""

    value: str | None = attrs.field(repr=False)
    generation: int
    ends: float = math.inf
    due: float = math.inf

    def serves(self, now: float) -> bool:
        """There is a session, and it has not ended as far as we know."""
        return self.value is not None and now < self.ends

    def is_due(self, now: float) -> bool:
        """It will end soon: time to renew it."""
        return now >= self.due


class Session:
    """The newest session that a client holds. Every adoption is a new generation.

    Generations order what the network may deliver out of order: an answer to a request that was
    signed with an older generation never replaces a newer session. Times are monotonic seconds.
    """

    def __init__(self, value: str | None = None) -> None:
        self.held = Held(value, 0)
        self._calls = itertools.count(1)
        self._failure: tuple[int, int, LiminalError] | None = None

    def begin_call(self) -> int:
        """A number for a call that begins: calls are told apart by when they began."""
        return next(self._calls)

    def adopt(self, cookie: SessionCookie, now: float, *, sent_with: int | None) -> bool:
        """Take what an answer brought; ``sent_with`` is its request's generation, None: a login's.

        Returns whether there is a session whose value is another one than before.
        """
        before = self.held
        if sent_with is not None and sent_with != before.generation:
            return False
        generation = before.generation + 1
        if cookie.is_deletion:
            self.held = Held(None, generation)
        elif cookie.lifetime is None:
            self.held = Held(cookie.value, generation)
        else:
            ends = now + cookie.lifetime
            ahead = min(cookie.lifetime * _AHEAD, _AHEAD_AT_MOST)
            self.held = Held(cookie.value, generation, ends=ends, due=ends - ahead)
        return self.held.value not in {None, before.value}

    def postpone(self, now: float) -> None:
        """A renewal ahead of time met a bad network: try again when half of the rest has passed."""
        left = max(1.0, (self.held.ends - now) / 2)
        self.held = attrs.evolve(self.held, due=now + left)

    def fail(self, error: LiminalError) -> None:
        """A renewal failed: the calls begun by now share its error, and don't try in turn."""
        self._failure = (self.held.generation, next(self._calls), error)

    def failure_for(self, call: int) -> LiminalError | None:
        """The error that this call shares, if a renewal failed after the call began."""
        if self._failure is None:
            return None
        generation, begun_before, error = self._failure
        return error if generation == self.held.generation and call < begun_before else None
