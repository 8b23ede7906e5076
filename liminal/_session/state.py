"""The session of one client as values: which cookie is ours, which is newest, when it is due."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Final, NoReturn

from liminal.errors import LiminalError, rebuild
from liminal_api.security import SCHEMES

SESSION_COOKIE: Final = SCHEMES["sessionCookie"].name

# A session is renewed this fraction of its lifetime before it ends, at most a minute before.
_AHEAD: Final = 0.1
_MOST_AHEAD: Final = 60.0


class _Unpicklable:
    """Refuses to be pickled. A session is a secret, with which anyone can act as the user."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise LiminalError("a session can't be pickled: it is a secret. If you must, send its id")


@dataclass(frozen=True, slots=True)
class SessionCookie(_Unpicklable):
    """A ``Set-Cookie`` for our session; ``lifetime`` in seconds, None if the service gave none.

    ``place`` is its domain and path, which with the name identify a cookie (RFC 6265, 5.3).
    """

    value: str = field(repr=False)
    lifetime: float | None = None
    place: tuple[str, str] = field(default=("", ""), compare=False)

    @property
    def is_deletion(self) -> bool:
        """Whether it ends the session: its value is empty, or it has expired already."""
        return not self.value or (self.lifetime is not None and self.lifetime <= 0)


def find_session_cookie(
    set_cookies: list[str], host: str, path: str, now: float, date: str = ""
) -> SessionCookie | None:
    """The session that an answer's ``Set-Cookie`` lines give, or None.

    Parses as RFC 6265, 5.2 says. Ignores cookies for another domain, for a path that does not
    contain ``path``, or with a value that can't be sent back. Of several with the same domain and
    path the last counts (5.3); of the rest one that is alive, with the longest path (5.4).
    ``Expires`` is measured against ``date``, the answer's own, so that a wrong clock here does no
    harm, or else against ``now``, the wall clock in seconds since the epoch.
    """
    found: dict[tuple[str, str], SessionCookie] = {}
    for line in set_cookies:
        pair, *attributes = line.split(";")
        name, equals, value = (part.strip() for part in pair.partition("="))
        if name != SESSION_COOKIE or not equals or not is_cookie_value(value):
            continue
        named = dict(_attribute(text) for text in attributes)
        place = _place(named, host)
        if _is_for(place[0], host) and _holds(place[1], path):
            found.pop(place, None)  # the newer one moves behind those of other places
            found[place] = SessionCookie(value, _lifetime(named, now, date), place)
    alive = [cookie for cookie in found.values() if not cookie.is_deletion]
    newest_first = reversed(alive or list(found.values()))
    return max(newest_first, key=lambda cookie: len(cookie.place[1]), default=None)


def _place(named: dict[str, str], host: str) -> tuple[str, str]:
    """Its domain and path. A cookie without a path is accepted for all of them.

    It stays a different cookie from one for ``/``: by 5.1.4 it is for the folder of the request.
    """
    domain = named.get("domain", "").removeprefix(".").lower()
    path = named.get("path", "")
    return domain or host, path if path.startswith("/") else ""


def is_cookie_value(value: str) -> bool:
    """Whether it can be sent back unchanged: visible ASCII, no semicolon (RFC 6265, 5.2)."""
    return value.isascii() and (value.isprintable()) and not set(value) & {" ", ";"}


def _attribute(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip()


def _is_for(domain: str, host: str) -> bool:
    """RFC 6265, 5.1.3: the same host, or a host name below the domain, not an address."""
    if host == domain:
        return True
    return host.endswith("." + domain) and not host.rpartition(".")[2].isdecimal()


def _holds(cookie_path: str, path: str) -> bool:
    """RFC 6265, 5.1.4: the same path, or a folder above it."""
    return path == cookie_path or path.startswith(cookie_path.removesuffix("/") + "/")


def _lifetime(attributes: dict[str, str], now: float, date: str) -> float | None:
    """``Max-Age`` wins over ``Expires`` (RFC 6265, 5.3); malformed values are ignored."""
    age = attributes.get("max-age", "")
    if age.removeprefix("-").isdecimal() and age.isascii():
        return float(age)
    expires = _seconds(attributes.get("expires", ""))
    return None if expires is None else expires - (_seconds(date) or now)


def _seconds(date: str) -> float | None:
    """An HTTP date in seconds since the epoch."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class SessionSnapshot(_Unpicklable):
    """The session at one moment: read it once, then sign and compare with it."""

    value: str | None = field(repr=False)
    generation: int
    login: int = 0  # the number of the login that it came from, directly or by later answers
    ends: float = math.inf
    due: float = math.inf  # when it should be renewed, shortly before it ends
    place: tuple[str, str] | None = None  # None for a session id that the caller gave
    refused: bool = False  # the service has answered 401 to it

    @property
    def cookie(self) -> str:
        """The session as a request carries it."""
        return f"{SESSION_COOKIE}={self.value}"

    def serves(self, now: float) -> bool:
        """Whether there is a session that has not ended as far as the client knows."""
        return self.value is not None and now < self.ends and not self.refused


class Session(_Unpicklable):
    """The newest session that a client holds. Every adoption is a new generation.

    Answers may arrive out of order: one to a request that was signed with an older generation never
    replaces a newer session. Times are monotonic seconds.
    """

    def __init__(self, value: str | None = None) -> None:
        self.snapshot: SessionSnapshot = SessionSnapshot(value, 0)
        # Number the calls, in the order in which they begin.
        self.call_numbers: Iterator[int] = itertools.count(1)
        self._failure: tuple[int, int, LiminalError] | None = None

    def adopt(self, cookie: SessionCookie, now: float, *, sent_with: int | None) -> None:
        """Adopt an answer's cookie; ``sent_with`` is its request's generation, None for a login."""
        if sent_with is not None and sent_with != self.snapshot.generation:
            return
        if cookie.is_deletion and not _may_end(cookie, self.snapshot.place):
            return  # it deletes another cookie of the same name
        new = replace(
            self.snapshot,
            value=None if cookie.is_deletion else cookie.value,
            generation=self.snapshot.generation + 1,
            ends=math.inf,
            due=math.inf,
            place=None if cookie.is_deletion else cookie.place,
        )
        if sent_with is None:
            new = replace(new, login=new.login + 1, refused=False)
        if not cookie.is_deletion and cookie.lifetime is not None:
            ends = now + cookie.lifetime
            ahead = min(cookie.lifetime * _AHEAD, _MOST_AHEAD)
            new = replace(new, ends=ends, due=ends - ahead)
        self.snapshot = new

    def refuse(self, snapshot: SessionSnapshot, *, again: bool) -> None:
        """Record a 401: no call is sent with this session until the next login.

        At a call's first 401 a newer session that an answer has brought stays in use, since it may
        be valid. At a second one, ``again``, all sessions of that login count as ended.
        """
        newest = self.snapshot
        if snapshot.generation == newest.generation or (again and snapshot.login == newest.login):
            self.snapshot = replace(newest, refused=True)

    def postpone(self, snapshot: SessionSnapshot, now: float) -> None:
        """After a failed early renewal, try again when half of the remaining time has passed."""
        if self.snapshot.generation == snapshot.generation:
            left = max(1.0, (snapshot.ends - now) / 2)
            self.snapshot = replace(snapshot, due=now + left)

    def fail(self, error: LiminalError) -> None:
        """Record a failed renewal: all calls begun so far share its error."""
        self._failure = (self.snapshot.generation, next(self.call_numbers), _copy(error))

    def failure_for(self, call: int) -> LiminalError | None:
        """This call's own copy of the error, if a renewal failed after the call began."""
        if self._failure is None:
            return None
        generation, begun_before, error = self._failure
        shares = generation == self.snapshot.generation and call < begun_before
        return _copy(error) if shares else None


def _may_end(deletion: SessionCookie, place: tuple[str, str] | None) -> bool:
    """Whether it ends the session of ``place``; a missing path matches any."""
    if place is None:
        return True
    (domain, path), (other_domain, other_path) = deletion.place, place
    return domain == other_domain and (not path or not other_path or path == other_path)


def _copy(error: LiminalError) -> LiminalError:
    """A copy of the error without its traceback, whose frames hold what was sent."""
    return rebuild(type(error), error.args, vars(error))
