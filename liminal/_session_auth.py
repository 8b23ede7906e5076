"""Signs requests with the session, renews it once for all who need it, and sends them again.

The two variants stand side by side: the same steps, but tasks take turns only where they await, and
threads anywhere. What is decided lies in _session; here is only who decides when.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Final

import anyio
import anyio.lowlevel
import httpx

from ._call import Call
from ._failures import timed_out
from ._limit import Bell, limit_async, wait_for
from ._raw import AsyncRaw, Raw
from ._session import Held, Session, SessionCookie
from ._session_signing import (
    SigningAuth,
    ahead_of_time,
    call_of,
    could_not_ask,
    sign,
    turned_away,
)
from ._url import ServerUrl
from .errors import LiminalError

# Where many share a session, it may end again before it is a call's turn: then others were served
# since the login, and the call goes on. This bounds one that alone is refused while others are not.
_SENDINGS: Final = 40


class _SessionAuth(SigningAuth):
    """What both variants share beyond signing: the locks, and telling of a new session."""

    def __init__(self, session: Session, server: ServerUrl, *, interactive: bool) -> None:
        super().__init__(session, server, interactive=interactive)
        self._unlock()
        _living.add(self)

    def _unlock(self) -> None:
        """Begin afresh: in the child of a fork, who holds a lock or has a request may not exist."""
        self.session.under_way.clear()
        self._telling = threading.Lock()
        self._lock = threading.Lock()

    def _tell(self) -> None:
        """Tell the newest session id, one at a time, so that an older one never comes last.

        Whoever finds somebody telling leaves the news to them: they look again when they are done.
        """
        while self._news() and self._telling.acquire(blocking=False):
            try:
                if value := self._news():
                    self.listeners.tell(value)
            finally:
                self._telling.release()

    def _news(self) -> str | None:
        return self.listeners.news(self.session.held.value)


class _AsyncFlight:
    """A renewal under way. It belongs to one event loop: on another, its event would never ring."""

    def __init__(self) -> None:
        self.done = anyio.Event()
        self.loop = anyio.lowlevel.current_token()


class AsyncSessionAuth(_SessionAuth):
    """Signs, renews and replays on asyncio and trio.

    Needs no lock: tasks of one loop take turns only at an ``await``, and no decision spans one.
    """

    def __init__(
        self,
        session: Session,
        server: ServerUrl,
        renew: Callable[[Call], Awaitable[SessionCookie]],
        *,
        interactive: bool,
    ) -> None:
        super().__init__(session, server, interactive=interactive)
        self._renew = renew
        self._flight: _AsyncFlight | None = None

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign and send; on a 401 again with a newer session, unless that serves nobody."""
        call, renewed, doubts = call_of(request), False, 0
        for sending in range(_SENDINGS):
            held = await self._ready(call)
            sign(request, call, held)
            try:
                self.session.under_way.add(call)
                response = yield request
            finally:
                self.session.under_way.discard(call)
            if response.status_code != 401:
                self.session.note_served(held)
                self.adopt(response.headers, held)
                return
            if sending == _SENDINGS - 1:
                return
            doubts += renewed and self.session.is_refused(held)
            if doubts > self.session.doubts_allowed:
                return
            await AsyncRaw(response).drain()  # the renewal may need the connection
            turned_away(call, response)
            if sending > 1 or held.generation == self.session.held.generation:
                await self.renew(call, held, by_login=True)
                renewed = True

    def adopt(self, headers: httpx.Headers, held: Held) -> None:
        """Take the session that an answer brought, unless a newer one came in between."""
        cookie = self._take_cookie(headers)
        if cookie is not None:
            self.session.adopt(cookie, time.monotonic(), sent_with=held.generation)
            self._tell()

    async def _ready(self, call: Call) -> Held:
        """A session that serves; one that will end soon is renewed first, by one task alone."""
        while True:
            held, now = self.session.held, time.monotonic()
            if not held.serves(now):
                await self.renew(call, held)
            elif held.is_due(now) and self._here() is None:
                await self._renew_early(call, held)
            else:
                return held

    async def _renew_early(self, call: Call, held: Held) -> None:
        """The service's refusal counts, even now; when nobody answers, the session serves on."""
        early = ahead_of_time(call)
        try:
            with (
                self._while_renewing(call),
                limit_async(early.clock),
                call.clock.cutting(early.clock),
            ):
                await self.renew(early, held)
        except TimeoutError:
            pass
        except LiminalError as error:
            if not could_not_ask(error):
                raise
        self.session.postpone(held, time.monotonic())

    def _here(self) -> _AsyncFlight | None:
        """The renewal under way, if it is on this event loop: another's may never land."""
        flight = self._flight
        return flight if flight and flight.loop == anyio.lowlevel.current_token() else None

    async def renew(self, call: Call, held: Held, *, by_login: bool = False) -> None:
        """Return when the session is newer than ``held``; the first to come does it for all."""
        while not self.session.is_newer(held, by_login=by_login):
            flight = self._here()
            if flight is None:
                self._share_failure(call)
                await self._lead(call)
                return
            with self._while_renewing(call):
                await flight.done.wait()
            self._share_failure(call)

    async def _lead(self, call: Call) -> None:
        """Renew, and wake the others; when cancelled or out of time, leave it to the next."""
        self._flight = flight = _AsyncFlight()
        try:
            with call.clock.try_stopped():
                cookie = await self._renew(call)
            self.session.adopt(cookie, time.monotonic(), sent_with=None)
        except LiminalError as error:
            if call.clock.call_left() > 0:
                self.session.fail(error)
            raise
        finally:
            if self._flight is flight:
                self._flight = None
            flight.done.set()
        self._tell()


# A renewal under way: a bell for each thread that waits for it.
_Flight = list[Bell]


class SyncSessionAuth(_SessionAuth):
    """Signs, renews and replays for blocking calls. The lock guards decisions, never a request."""

    def __init__(
        self,
        session: Session,
        server: ServerUrl,
        renew: Callable[[Call], SessionCookie],
        *,
        interactive: bool,
    ) -> None:
        super().__init__(session, server, interactive=interactive)
        self._renew = renew

    def _unlock(self) -> None:
        super()._unlock()
        self._flight: _Flight | None = None

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign and send; on a 401 again with a newer session, unless that serves nobody."""
        call, renewed, doubts = call_of(request), False, 0
        for sending in range(_SENDINGS):
            held = self._ready(call)
            sign(request, call, held)
            try:
                self.session.under_way.add(call)
                response = yield request
            finally:
                self.session.under_way.discard(call)
            if response.status_code != 401:
                self.session.note_served(held)
                self.adopt(response.headers, held)
                return
            if sending == _SENDINGS - 1:
                return
            doubts += renewed and self.session.is_refused(held)
            if doubts > self.session.doubts_allowed:
                return
            Raw(response).drain()  # the renewal may need the connection
            turned_away(call, response)
            if sending > 1 or held.generation == self.session.held.generation:
                self.renew(call, held, by_login=True)
                renewed = True

    def adopt(self, headers: httpx.Headers, held: Held) -> None:
        """Take the session that an answer brought, unless a newer one came in between."""
        cookie = self._take_cookie(headers)
        if cookie is not None:
            with self._lock:
                self.session.adopt(cookie, time.monotonic(), sent_with=held.generation)
            self._tell()

    def _ready(self, call: Call) -> Held:
        """A session that serves; one that will end soon is renewed first, by one thread alone."""
        while True:
            held, now = self.session.held, time.monotonic()
            if not held.serves(now):
                self.renew(call, held)
            elif held.is_due(now) and self._flight is None:
                self._renew_early(call, held)
            else:
                return held

    def _renew_early(self, call: Call, held: Held) -> None:
        """The service's refusal counts, even now; when nobody answers, the session serves on."""
        early = ahead_of_time(call)
        try:
            with self._while_renewing(call), call.clock.cutting(early.clock):
                self.renew(early, held)
        except LiminalError as error:
            if not could_not_ask(error):
                raise
        with self._lock:
            self.session.postpone(held, time.monotonic())

    def renew(self, call: Call, held: Held, *, by_login: bool = False) -> None:
        """Return when the session is newer than ``held``; the first to come does it for all."""
        while not self.session.is_newer(held, by_login=by_login):
            landed, ours = Bell(), _Flight()
            try:
                with self._lock:
                    flight = self._flight
                    if flight is not None:
                        flight.append(landed)
                    else:
                        self._share_failure(call)
                        if self.session.is_newer(held, by_login=by_login):
                            return
                        self._flight = ours
                if flight is None:
                    self._lead(call)
            finally:  # it is over, if there was one, however it ended
                try:
                    with self._lock:
                        if self._flight is ours:
                            self._flight = None
                finally:
                    for waiting in ours:
                        waiting.put(None)
            if flight is None:
                self._tell()
                return
            with self._while_renewing(call):
                if not wait_for(landed, call.clock.left()):
                    raise timed_out(call).error
            self._share_failure(call)

    def _lead(self, call: Call) -> None:
        """Renew for all; when out of time, leave it to the next."""
        try:
            with call.clock.try_stopped():
                cookie = self._renew(call)
            with self._lock:
                self.session.adopt(cookie, time.monotonic(), sent_with=None)
        except LiminalError as error:
            if call.clock.call_left() > 0:
                with self._lock:
                    self.session.fail(error)
            raise


_living: weakref.WeakSet[_SessionAuth] = weakref.WeakSet()


def _after_fork() -> None:
    for auth in tuple(_living):
        auth._unlock()  # noqa: SLF001 - same module


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
