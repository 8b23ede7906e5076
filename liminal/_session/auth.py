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

import httpx

from liminal._calls.call import Call
from liminal._calls.failures import timed_out
from liminal._calls.server_url import ServerUrl
from liminal._http.body import AsyncRaw, Raw
from liminal._http.sockets.deadlines import Bell, limit_async, wait_for
from liminal.errors import LiminalError

from .renewal import AsyncFlight
from .signing import (
    SigningAuth,
    ahead_of_time,
    call_of,
    could_not_ask,
    sign,
    turned_away,
)
from .state import Held, Session, SessionCookie

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
        # The garbage collector may end a renewal in the midst of a step that holds it.
        self._lock = threading.RLock()

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


class AsyncSessionAuth(_SessionAuth):
    """Signs, renews and replays on asyncio and trio, for any number of event loops at a time.

    The lock is between their threads. It guards decisions, and is never held over an ``await``.
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

    def _unlock(self) -> None:
        super()._unlock()
        self._flight: AsyncFlight | None = None

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
            with self._lock:
                self.session.adopt(cookie, time.monotonic(), sent_with=held.generation)
            self._tell()

    async def _ready(self, call: Call) -> Held:
        """A session that serves; one that will end soon is renewed first, by one task alone."""
        while True:
            held, now = self.session.held, time.monotonic()
            if not held.serves(now):
                await self.renew(call, held)
            elif held.is_due(now) and not self._is_renewing:
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
        with self._lock:
            self.session.postpone(held, time.monotonic())

    @property
    def _is_renewing(self) -> bool:
        flight = self._flight
        return flight is not None and not flight.is_abandoned

    async def renew(self, call: Call, held: Held, *, by_login: bool = False) -> None:
        """Return when the session is newer than ``held``; the first to come does it for all."""
        while True:
            ours, waiter = AsyncFlight(), None
            with self._lock:
                if self.session.is_newer(held, by_login=by_login):
                    return None
                flight = self._flight
                if flight is not None and not flight.is_abandoned:
                    waiter = flight.join()
                else:
                    self._share_failure(call)
                    self._flight = flight = ours
            if waiter is None:
                return await self._lead(call, ours)
            with self._while_renewing(call):
                await flight.wait(waiter)
            self._share_failure(call)

    async def _lead(self, call: Call, flight: AsyncFlight) -> None:
        """Renew, and wake the others; when cancelled or out of time, leave it to the next."""
        try:
            with call.clock.try_stopped():
                cookie = await self._renew(call)
            with self._lock:
                self.session.adopt(cookie, time.monotonic(), sent_with=None)
        except LiminalError as error:
            if call.clock.call_left() > 0:
                with self._lock:
                    self.session.fail(error)
            raise
        finally:  # also where a loop was closed, and this is collected
            with self._lock:
                if self._flight is flight:
                    self._flight = None
            flight.land()
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
