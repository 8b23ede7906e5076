"""Signs requests with the session, renews it once for all who need it, and sends them again.

The two variants stand side by side: the same steps, but tasks take turns only where they await, and
threads anywhere. What is decided lies in _session; here is only who decides when.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractContextManager
from copy import copy
from typing import Final

import anyio
import anyio.lowlevel
import httpx

from ._api import CALL, Call, timed_out
from ._raw import AsyncRaw, Raw
from ._session import SESSION_COOKIE, Held, Session, SessionCookie, find_session_cookie
from .errors import APIConnectionError, APIStatusError, LiminalError

# The first sending, one with a session that somebody renewed meanwhile, one after our own renewal.
_SENDINGS: Final = 3

_log = logging.getLogger("liminal")


class _SessionAuth(httpx.Auth):
    """What both variants share: signing, and adopting what an answer brings."""

    def __init__(self, session: Session, host: str, *, interactive: bool) -> None:
        self.session = session
        self._host = host
        # While a person signs in, the clocks of all calls that wait for it stand still.
        self._interactive = interactive
        self._listeners: list[Callable[[str], object]] = []

    def on_change(self, callback: Callable[[str], object]) -> Callable[[], None]:
        """Call ``callback`` with each new session id; the returned function ends that."""
        self._listeners.append(callback)

        def unsubscribe() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return unsubscribe

    def _tell(self) -> None:
        value = self.session.held.value
        for listener in tuple(self._listeners) if value is not None else ():
            try:
                listener(value)  # type: ignore[arg-type]  # just checked
            except Exception as error:  # noqa: BLE001 - a listener must not break the call that renewed
                _log.error("a session-change callback raised %s", type(error).__name__)

    def cookie_of(self, headers: httpx.Headers) -> SessionCookie | None:
        """The session in an answer's headers, if there is one and it is ours."""
        lines = headers.get_list("set-cookie")
        return find_session_cookie(lines, self._host, time.time()) if lines else None

    def _while_renewing(self, call: Call) -> AbstractContextManager[None]:
        """A renewal has tries of its own, and a person has no deadline."""
        return call.clock.stopped() if self._interactive else call.clock.try_stopped()


def _sign(request: httpx.Request, call: Call, held: Held) -> None:
    request.headers["Cookie"] = f"{SESSION_COOKIE}={held.value}"
    call.sent = False


def _call_of(request: httpx.Request) -> Call:
    call: Call = request.extensions[CALL]
    return call


def _hollow(response: httpx.Response) -> None:
    """Leave httpx, which reads an answer before it sends the next request, nothing to read."""
    response.stream = httpx.ByteStream(b"")
    response.is_closed = False


def _is_network_trouble(error: LiminalError) -> bool:
    """The service could not be asked; as opposed to: it said no."""
    return isinstance(error, APIConnectionError | APIStatusError)


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
        host: str,
        renew: Callable[[Call], Awaitable[SessionCookie]],
        *,
        interactive: bool,
    ) -> None:
        super().__init__(session, host, interactive=interactive)
        self._renew = renew
        self._flight: _AsyncFlight | None = None

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign and send; on a 401 once more with a newer session. A second 401 is the caller's."""
        call, renewed = _call_of(request), False
        for sending in range(_SENDINGS):
            held = await self._ready(call)
            _sign(request, call, held)
            response = yield request
            if response.status_code != 401:
                self.adopt(response.headers, held)
                return
            if renewed:
                return
            await discard_async(response)
            if sending > 0 or held.generation == self.session.held.generation:
                await self.renew(call, held)
                renewed = True

    def adopt(self, headers: httpx.Headers, held: Held) -> None:
        """Take the session that an answer brought, unless a newer one came in between."""
        cookie = self.cookie_of(headers)
        if cookie and self.session.adopt(cookie, time.monotonic(), sent_with=held.generation):
            self._tell()

    async def _ready(self, call: Call) -> Held:
        """A session that serves; one that will end soon is renewed first, by one task alone."""
        while True:
            held, now = self.session.held, time.monotonic()
            if not held.serves(now):
                await self.renew(call, held)
            elif held.is_due(now) and self._flight is None:
                await self._renew_early(call, held)
            else:
                return held

    async def _renew_early(self, call: Call, held: Held) -> None:
        try:
            await self.renew(call, held)
        except LiminalError as error:
            if not (_is_network_trouble(error) and held.serves(time.monotonic())):
                raise
            self.session.postpone(time.monotonic())

    async def renew(self, call: Call, held: Held) -> None:
        """Return when the session is newer than ``held``; the first to come does it for all."""
        while self.session.held.generation == held.generation:
            error = self.session.failure_for(call.number)
            if error is not None:
                raise copy(error)
            flight = self._flight
            if flight is None or flight.loop != anyio.lowlevel.current_token():
                await self._lead(call)
                return
            with self._while_renewing(call):
                await flight.done.wait()

    async def _lead(self, call: Call) -> None:
        """Renew, and wake the others; when cancelled or out of time, leave it to the next."""
        self._flight = flight = _AsyncFlight()
        try:
            with call.clock.try_stopped():
                cookie = await self._renew(call)
            changed = self.session.adopt(cookie, time.monotonic(), sent_with=None)
        except LiminalError as error:
            if call.clock.call_left() > 0:
                self.session.fail(error)
            raise
        finally:
            if self._flight is flight:
                self._flight = None
            flight.done.set()
        if changed:
            self._tell()


async def discard_async(response: httpx.Response) -> None:
    """Free the connection of an answer that is not the last: the renewal may need it."""
    await AsyncRaw(response).drain()
    _hollow(response)


class _Flight:
    """A renewal under way."""

    def __init__(self) -> None:
        self.done = threading.Event()


class SyncSessionAuth(_SessionAuth):
    """Signs, renews and replays for blocking calls. The lock guards decisions, never a request."""

    def __init__(
        self,
        session: Session,
        host: str,
        renew: Callable[[Call], SessionCookie],
        *,
        interactive: bool,
    ) -> None:
        super().__init__(session, host, interactive=interactive)
        self._renew = renew
        self._unlock()
        _living.add(self)

    def _unlock(self) -> None:
        """Begin with a free lock: in the child of a fork, its holder may not exist."""
        self._lock = threading.Lock()
        self._flight: _Flight | None = None

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign and send; on a 401 once more with a newer session. A second 401 is the caller's."""
        call, renewed = _call_of(request), False
        for sending in range(_SENDINGS):
            held = self._ready(call)
            _sign(request, call, held)
            response = yield request
            if response.status_code != 401:
                self.adopt(response.headers, held)
                return
            if renewed:
                return
            discard(response)
            if sending > 0 or held.generation == self.session.held.generation:
                self.renew(call, held)
                renewed = True

    def adopt(self, headers: httpx.Headers, held: Held) -> None:
        """Take the session that an answer brought, unless a newer one came in between."""
        cookie = self.cookie_of(headers)
        if cookie is None:
            return
        with self._lock:
            changed = self.session.adopt(cookie, time.monotonic(), sent_with=held.generation)
        if changed:
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
        try:
            self.renew(call, held)
        except LiminalError as error:
            if not (_is_network_trouble(error) and held.serves(time.monotonic())):
                raise
            with self._lock:
                self.session.postpone(time.monotonic())

    def renew(self, call: Call, held: Held) -> None:
        """Return when the session is newer than ``held``; the first to come does it for all."""
        while self.session.held.generation == held.generation:
            with self._lock:
                error = self.session.failure_for(call.number)
                flight = self._flight
                if error is None and flight is None:
                    if self.session.held.generation != held.generation:
                        return
                    self._flight = _Flight()
            if error is not None:
                raise copy(error)
            if flight is None:
                self._lead(call)
                return
            with self._while_renewing(call):
                self._wait(flight, call)

    def _wait(self, flight: _Flight, call: Call) -> None:
        left = call.clock.left()
        if not flight.done.wait(None if left > threading.TIMEOUT_MAX else max(0.0, left)):
            raise timed_out(call).error

    def _lead(self, call: Call) -> None:
        """Renew, and wake the others; when interrupted or out of time, leave it to the next."""
        flight = self._flight
        changed = False
        try:
            with call.clock.try_stopped():
                cookie = self._renew(call)
            with self._lock:
                changed = self.session.adopt(cookie, time.monotonic(), sent_with=None)
        except LiminalError as error:
            if call.clock.call_left() > 0:
                with self._lock:
                    self.session.fail(error)
            raise
        finally:
            with self._lock:
                self._flight = None
            if flight is not None:
                flight.done.set()
        if changed:
            self._tell()


def discard(response: httpx.Response) -> None:
    """Free the connection of an answer that is not the last: the renewal may need it."""
    Raw(response).drain()
    _hollow(response)


_living: weakref.WeakSet[SyncSessionAuth] = weakref.WeakSet()


def _after_fork() -> None:
    for auth in tuple(_living):
        auth._unlock()  # noqa: SLF001 - same module


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
