"""Runs calls: their tries and retries, their deadlines, and the renewal of the session."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, NoReturn, TypeVar

import httpx

from liminal._calls.arguments.options import Options
from liminal._calls.call import Answer, Call, Failure
from liminal._calls.failures import (
    context_of,
    is_shut_down,
    request_id,
    shut_down,
    timed_out,
    transport_failure,
)
from liminal._calls.observing.observation import reported
from liminal._calls.observing.observers import Observers
from liminal._calls.request import build_request, hide_async, sign
from liminal._calls.retry import (
    ASYNC_PACER,
    AsyncPacer,
    TokenBucket,
    is_refusal,
    may_send_again,
    retry_after_of,
    retry_delay,
)
from liminal._http.body import AsyncResponseBody
from liminal._http.http import CLOSED, AsyncHttp
from liminal._http.settings.server_url import ServerUrl
from liminal._http.sockets.limits import limit_async
from liminal._session.login import (
    Login,
    check_login,
    is_transient,
    login_request,
    naming_the_login,
    no_credential,
    session_gone,
)
from liminal._session.renewal import AsyncRenewal
from liminal._session.shared import SharedSession
from liminal._session.state import Session, SessionCookie, SessionSnapshot
from liminal.auth import SessionId, Token
from liminal.auth._credential import Credential
from liminal.auth._fetch import fetch_token, is_interactive
from liminal.errors import APIConnectionError, LiminalError

from .read import read_answer, read_if_small

T = TypeVar("T")
# Reads what belongs to the try: the whole answer, or the head of a stream.
Reader = Callable[[Call, httpx.Response], Awaitable[T | Failure]]
# How often a call is sent at most while the service answers 401 and the session keeps changing.
# When many calls share sessions that end quickly, one may end before a call's turn comes.
_SENDS_AT_MOST: Final = 10


class CallRunner:
    """What clients with different options share: server, connections, session, retry budget."""

    def __init__(self, server: ServerUrl, http: AsyncHttp, credential: Credential | None) -> None:
        self.server: ServerUrl = server
        self.http: AsyncHttp = http
        self.credential: Credential | None = credential
        self.bucket: TokenBucket = TokenBucket()
        self.observers: Observers = Observers(server)
        session_id = credential.value if isinstance(credential, SessionId) else None
        asks_a_person = not isinstance(credential, None | Token | SessionId) and is_interactive(
            credential
        )
        self.session: SharedSession = SharedSession(
            Session(session_id), server, interactive=asks_a_person
        )

    def __reduce__(self) -> NoReturn:
        raise LiminalError(
            "the parts of a client can't be pickled, since they hold connections and a session:"
            " send the client's settings, and create another from them"
        )

    async def authenticate(self, options: Options) -> None:
        """Open a session now, even if there is one."""
        known = self.credential if isinstance(self.credential, Token | SessionId) else ""
        operation, request = login_request(known, None)
        # Without observers, which get the report of the login itself.
        number = next(self.session.state.call_numbers)
        call = Call(operation, request, options, number, seconds=options.deadline)
        call.begin_try()
        snapshot = self.session.snapshot
        outcome = await self.with_deadline(call, lambda: self._renew(call, snapshot))
        if isinstance(outcome, Failure):
            raise outcome.error

    async def send_with_retries(self, call: Call, read: Reader[T]) -> T:
        """Send until there is an answer, or an error that is not retried."""
        pacer = None if call.is_login else ASYNC_PACER.get()
        if pacer is not None and not call.repeatable:
            call.before_sending = partial(pacer.sends, call.operation.id)
        while True:
            call.begin_try()
            outcome = await self.with_deadline(call, lambda: self._try(call, read))
            if not isinstance(outcome, Failure):
                break
            if not await self._wait_to_retry(call, outcome, pacer):
                raise outcome.error
        if call.attempts == 1 and self.bucket.spent:
            self.bucket.give_back()
        return outcome

    async def _wait_to_retry(self, call: Call, failure: Failure, pacer: AsyncPacer | None) -> bool:
        """Wait until a call that failed may be sent again; False if it may not."""
        if pacer is not None and is_refusal(failure):
            return await self._wait_for_run(pacer, call, failure)
        delay = retry_delay(failure, call, self.bucket)
        if delay is None:
            return False
        if call.observation is not None:
            call.observation.note_retry(delay, failure.error)
        with call.deadline.try_paused():  # the call's deadline may end this wait, too
            await self.with_deadline(call, lambda: self.http.pause(delay))
        return call.deadline.call_left() > 0

    async def _wait_for_run(self, pacer: AsyncPacer, call: Call, refusal: Failure) -> bool:
        """Wait until the bulk run sends a refused call again; False if it does not."""
        call.refusals += 1
        if call.observation is not None:
            call.observation.note_refusal()
        retryable = may_send_again(call, refusal)
        wait = partial(pacer.refused, retry_after_of(refusal), retryable=retryable)
        with call.deadline.paused():  # only a cancellation ends this wait
            return await self.with_deadline(call, wait) is True

    async def with_deadline(
        self, call: Call, step: Callable[[], Awaitable[T | Failure]]
    ) -> T | Failure:
        """Run a step until the call's deadline, or until ``close()`` cancels it."""
        self.http.enter(call.deadline)
        try:
            with limit_async(call.deadline):
                return await step()
        except TimeoutError:
            pass
        finally:
            self.http.leave(call.deadline)
        self.http.check_open()
        return timed_out(call)

    async def _try(self, call: Call, read: Reader[T]) -> T | Failure:
        """Make one try of the call; errors of httpx become failures."""
        failure = None
        try:
            return await self._send(call, read)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = transport_failure(error, call)
        except APIConnectionError as error:  # of a login, which says nothing about this call
            error.may_have_been_processed = call.lost
            if not self.http.closed:
                raise
        except RuntimeError as error:  # httpx also raises this for a closed client
            if not self.http.closed and not is_shut_down(error):
                raise  # an event hook or a wrapper of httpx raised it, so it passes unchanged
            failure = shut_down(error, call)
        if failure is None or self.http.closed:
            raise LiminalError(CLOSED)
        return failure

    async def _send(self, call: Call, read: Reader[T]) -> T | Failure:
        """Sign, send, read; after a 401 renew the session and send again.

        A 401 is the answer if the call has just renewed the session by itself after another 401,
        or was sent ``_SENDS_AT_MOST`` times.
        """
        transport = await self.http.transport(call.deadline)
        call.uses_user_client = self.http.has_user_client
        request = build_request(self.server, call, hide_async)
        session, snapshot, sends = self.session, None, 0
        while True:
            opened = False
            if not call.is_login:
                snapshot, opened = await self._usable_session(call)
                sign(request, call, snapshot.cookie)
            call.mark_sending()
            if call.observation is None:
                response = await transport.send(request)
            else:
                with call.observation.sends(request.headers):
                    response = await transport.send(request)
                call.observation.note_head(response.status_code, request_id(response.headers))
            sends += 1
            if response.status_code != 401 or snapshot is None:
                break
            if (opened and sends > 1) or sends == _SENDS_AT_MOST:
                break
            session.refuse(snapshot, again=sends > 1)
            call.sent = False  # after a 401, nothing was done
            await AsyncResponseBody.of(response).drain()  # the renewal may need the connection
        try:
            has_cookie = "set-cookie" in response.headers
            if has_cookie and response.status_code != 401 and snapshot is not None:
                session.adopt_from(response.headers, snapshot)
            return await read(call, response)
        except BaseException:
            await response.aclose()
            raise

    async def _usable_session(self, call: Call) -> tuple[SessionSnapshot, bool]:
        """A valid session, and whether this call has just opened it.

        A session that ends soon is renewed first, by a single call.
        """
        session, opened = self.session, False
        while True:
            snapshot, now = session.state.snapshot, time.monotonic()
            if not snapshot.serves(now):
                opened = await self._renew(call, snapshot)
            elif now >= snapshot.due and AsyncRenewal.current(session) is None:
                await self._renew_early(call, snapshot)
            else:
                return snapshot, opened
            if call.deadline.call_left() <= 0:
                raise timed_out(call).error

    async def _renew_early(self, call: Call, snapshot: SessionSnapshot) -> None:
        """Renew a session that is still valid: only a refusal by the service is an error."""
        early = call.ahead_of_time()
        try:
            with (
                suppress(TimeoutError),
                self.session.deadline_paused(call),
                limit_async(early.deadline),
                call.deadline.cancelling(early.deadline),
            ):
                await self._renew(early, snapshot)
        except LiminalError as error:
            if not is_transient(error):
                raise
        self.session.postpone(snapshot)

    async def _renew(self, call: Call, snapshot: SessionSnapshot) -> bool:
        """Return once the session is newer than ``snapshot``; True if this call renewed it."""
        leads = False
        while not self.session.is_newer(snapshot):
            with AsyncRenewal(self.session, call) as renewal:
                leads = await renewal.begin(snapshot)
                if leads:
                    self.session.adopt_login(await self._log_in(call))
        self.session.listeners.notify()
        if call.observation is not None:
            call.observation.note_renewal()
        return leads

    async def _log_in(self, parent: Call) -> SessionCookie:
        """Open a new session within what is left of ``parent``'s deadline."""
        with parent.deadline.try_paused():
            operation, request = await self._login_for(parent)
            if parent.deadline.call_left() <= 0:  # the provider took all of it
                raise timed_out(parent).error
            call = parent.login(operation, request, self.observers)
            with parent.deadline.cancelling(call.deadline), reported(call):
                try:
                    answer = await self.send_with_retries(call, self._read_login)
                finally:
                    if parent.operation is operation:  # of authenticate(), so this is its try
                        parent.handed_over = call.handed_over
                context = context_of(call, answer.headers)
                return check_login(self.session.cookie_of(answer.headers), context)

    async def _read_login(self, call: Call, response: httpx.Response) -> Answer | Failure:
        """Ignore a login's body: only its cookie counts, and the contract promises no body."""
        if not response.is_success or self.session.cookie_of(response.headers) is None:
            return await read_answer(call, response)
        await read_if_small(call, response)
        return Answer(response.status_code, response.headers, b"")

    async def _login_for(self, parent: Call) -> Login:
        """The login for the credential, with a fresh token of the provider."""
        credential, session_id = self.credential, self.session.snapshot.value
        if credential is None:
            raise no_credential(parent.operation.id)
        if isinstance(credential, SessionId) and session_id is None:
            raise session_gone()
        if isinstance(credential, SessionId | Token):
            return login_request(credential, session_id)
        with naming_the_login(), self.session.deadline_paused(parent):
            token = await fetch_token(credential)
        return login_request(token, session_id)
