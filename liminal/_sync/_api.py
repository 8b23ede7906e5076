# Derived from liminal/_async/_api.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Makes calls, each with its tries, session and deadline: for the facade and ``client.api``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, TypeVar, cast

import httpx

from liminal._calls.call import Call, Failure
from liminal._calls.content import BodyError, BodyReader
from liminal._calls.discreet import discreet
from liminal._calls.failures import (
    context_of,
    invalid,
    is_shut_down,
    shut_down,
    status_failure,
    timed_out,
    transport_failure,
)
from liminal._calls.options import Options
from liminal._calls.request import build_request, hide
from liminal._calls.result import Answer, ApiClient, parsed, result, retry_delay
from liminal._calls.retry import TokenBucket
from liminal._calls.server_url import ServerUrl
from liminal._http.body import Raw
from liminal._http.sockets.clock import Clock
from liminal._http.sockets.deadlines import limit_sync
from liminal._http.transports import CLOSED, Http
from liminal._session.auth import SyncSessionAuth
from liminal._session.credential import Credential
from liminal._session.login import (
    check_login,
    login_request,
    naming_the_login,
    no_credential,
    session_gone,
)
from liminal._session.state import Session, SessionCookie
from liminal.auth import SessionId, Token
from liminal.auth._fetch import fetch_token_sync, is_interactive
from liminal.auth._protocols import Provider
from liminal.errors import APIConnectionError, LiminalError
from liminal_api.types import Operation, RequestKwargs, Response

from ._open_stream import OpenStream
from .items import ItemStream

T = TypeVar("T")
# Reads the part of an answer that belongs to its try: all of it, or the head of a stream.
Reader = Callable[[Call, httpx.Response], T | Failure]

# An error's body is kept, for whoever looks for the reason, if it is no larger than this,
_SANE_BYTES = 1024 * 1024
# and comes within this many seconds. The status counts with or without it.
_BODY_SECONDS = 2.0


class Core:
    """What clients with different options share: server, pool, session, retry budget."""

    def __init__(self, server: ServerUrl, http: Http, credential: Credential | None) -> None:
        self.server: ServerUrl = server
        self.http: Http = http
        self.credential: Credential | None = credential
        self.bucket: TokenBucket = TokenBucket()
        self.session: Session = Session(
            credential.value if isinstance(credential, SessionId) else None
        )
        asks_a_person = not isinstance(credential, None | Token | SessionId) and is_interactive(
            credential
        )
        self.auth: SyncSessionAuth = SyncSessionAuth(
            self.session, server, self._renew, interactive=asks_a_person
        )

    def __reduce__(self) -> NoReturn:
        raise LiminalError(
            "what belongs to a client can't be pickled, since that holds connections and a session:"
            " send its settings, and make one where they arrive"
        )

    def begin(self, operation: Operation[Any], request: RequestKwargs, options: Options) -> Call:
        return Call(
            operation, request, options, number=self.session.begin_call(), deadline=options.deadline
        )

    def authenticate(self, options: Options) -> None:
        """Open a session now, whether or not there is one."""
        known = self.credential if isinstance(self.credential, Token | SessionId) else ""
        call = self.begin(*login_request(known, None), options)
        call.begin_try()
        result(self._within(call, lambda: self.auth.renew(call, self.session.held)))

    def exchange(self, call: Call, auth: httpx.Auth | None, read: Reader[T]) -> T:
        """Try until there is an answer, or an error that no further try is allowed for."""
        while True:
            call.begin_try()
            outcome = self._within(call, lambda: self._send(call, auth, read))
            delay = (
                retry_delay(outcome, call, self.bucket) if isinstance(outcome, Failure) else None
            )
            if delay is None:
                break
            self._pause(call, delay)
            if call.clock.call_left() <= 0:  # it took longer than it should have
                break
        if call.attempts == 1 and not isinstance(outcome, Failure):
            self.bucket.give_back()
        return result(outcome)

    def _pause(self, call: Call, seconds: float) -> None:
        """Wait between two tries; the call's clock may end that, too."""
        call.sent = call.queues = False
        with call.clock.try_stopped():
            self._within(call, lambda: self.http.pause(seconds))

    def _within(self, call: Call, step: Callable[[], T | Failure]) -> T | Failure:
        """Take a step that the call's clock may cut short."""
        self.http.enter(call.clock)
        try:
            with limit_sync(call.clock):
                return step()
        except TimeoutError:
            pass
        finally:
            self.http.leave(call.clock)
        self.http.check_open()
        return timed_out(call)

    def _send(self, call: Call, auth: httpx.Auth | None, read: Reader[T]) -> T | Failure:
        transport = self.http.transport()
        call.is_lent = self.http.is_lent
        request = build_request(self.server, call, hide)
        if auth is None:  # else there may be a login first
            call.hand_over()
        failure = None
        try:
            response = transport.send(request, auth)
            try:
                return read(call, response)
            except BaseException:
                response.close()
                raise
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = transport_failure(error, call)
        except APIConnectionError as error:  # of a login, which says nothing about this call
            error.may_have_been_processed = call.lost
            if not self.http.closed:
                raise
        except RuntimeError as error:  # what httpx raises for a client that was closed, too
            if self.http.is_lent and not self.http.closed and not is_shut_down(error):
                raise  # what an event hook raised is its author's
            failure = shut_down(error, call)
        if failure is None or self.http.closed:
            raise LiminalError(CLOSED)
        return failure

    def _renew(self, parent: Call) -> SessionCookie:
        """Open a new session within what is left of ``parent``'s deadline."""
        operation, request = self._login(parent)
        deadline = parent.clock.call_left()
        if deadline <= 0:  # the provider took all of it
            raise timed_out(parent).error
        call = Call(operation, request, parent.options, deadline=deadline, is_login=True)
        with parent.clock.cutting(call.clock):
            answer = self.exchange(call, None, self._read_login)
        context = context_of(call, answer.headers)
        return check_login(self.auth.cookie_of(answer.headers), context)

    def _read_login(self, call: Call, response: httpx.Response) -> Answer | Failure:
        """A login is its cookie. Its body is not promised, so nothing about that can be wrong."""
        if not response.is_success or self.auth.cookie_of(response.headers) is None:
            return read_answer(call, response)
        _read_if_sane(call, response)
        return Answer(response.status_code, response.headers, b"")

    def _login(self, parent: Call) -> tuple[Operation[Any], RequestKwargs]:
        credential, session_id = self.credential, self.session.held.value
        if credential is None:
            raise no_credential(parent.operation.id)
        if isinstance(credential, SessionId) and session_id is None:
            raise session_gone()
        if isinstance(credential, SessionId | Token):
            return login_request(credential, session_id)
        with naming_the_login():
            token = self._token(credential, parent)
        return login_request(token, session_id)

    def _token(self, provider: Provider, parent: Call) -> str:
        if not is_interactive(provider):
            return fetch_token_sync(provider)
        with parent.clock.stopped():
            return fetch_token_sync(provider)


class SyncApi(ApiClient):
    """The generated client of one Liminal client, carrying session, renewal, retries, deadline."""

    def __init__(self, core: Core, options: Options) -> None:
        super().__init__(core.server.text)
        self.core: Core = core
        self.options: Options = options

    @discreet
    def call(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        """Make a call and read its whole answer. Its headers come without ``Set-Cookie``."""
        return self.make(operation, request)[1]

    def make(self, operation: Operation[T], request: RequestKwargs) -> tuple[Call, Response[T]]:
        """Make a call; the facade may have more to say about its answer."""
        call = self.core.begin(operation, request, self.options)
        answer = self.core.exchange(call, self.core.auth, read_answer)
        value = cast("T", parsed(call, answer))
        return call, Response(
            status_code=answer.status_code,
            headers=answer.headers,
            content=answer.content,
            parsed=value,
        )

    def begin(self, operation: Operation[Any], request: RequestKwargs) -> Call:
        """A call that is yet to be made: its clock runs."""
        return self.core.begin(operation, request, self.options)

    def open_stream(self, call: Call) -> httpx.Response:
        """Make a call up to the head of its answer; whoever called reads on, and closes."""
        response = self.core.exchange(call, self.core.auth, read_head)
        # The deadline bounded the opening; from here on only each wait counts. A body looks this up
        # again: ours for each part, httpcore's when it begins.
        call.clock = Clock(call_seconds=None, try_seconds=None)
        response.request.extensions["timeout"].update(self.options.waits)
        return response

    def stream(self, operation: Operation[Any], request: RequestKwargs) -> OpenStream:
        """The answer as it comes in, for whoever reads a stream that the facade does not know.

        Its headers come without ``Set-Cookie``, and its ``request`` names method and URL alone.
        """
        return OpenStream(partial(self.begin, operation, request), self.open_stream)

    def items(
        self, operation: Operation[Any], request: RequestKwargs, parse: Callable[[bytes], T]
    ) -> ItemStream[T]:
        """The items of a streamed answer; the request is sent at the first step."""
        return ItemStream(self, operation, request, parse)


def read_head(call: Call, response: httpx.Response) -> httpx.Response | Failure:
    """The answer to a stream's request, unread when it is a success."""
    if response.is_success:
        return response
    return _read_error(call, response)


def read_answer(call: Call, response: httpx.Response) -> Answer | Failure:
    """The whole answer, within the limit for bodies."""
    if not response.is_success:
        return _read_error(call, response)
    with Raw(response) as raw:
        content = _read(call, raw, response.headers, call.options.max_body_bytes)
    return Answer(response.status_code, response.headers, content)


def _read_error(call: Call, response: httpx.Response) -> Failure:
    """The status is what counts."""
    body = _read_if_sane(call, response)
    return status_failure(call, response.status_code, response.headers, body)


def _read_if_sane(call: Call, response: httpx.Response) -> bytes | None:
    """The body, if it comes whole, of sane size and in time."""
    limit = min(call.options.max_body_bytes, _SANE_BYTES)
    try:
        with Raw(response) as raw:
            seconds = max(0.001, min(_BODY_SECONDS, call.clock.left() / 2))
            with raw.bounded(seconds):
                return _read(call, raw, response.headers, limit)
    except (TimeoutError, httpx.HTTPError, LiminalError):
        return None


def _read(call: Call, raw: Raw, headers: httpx.Headers, limit: int) -> bytes:
    try:
        reader = BodyReader(headers.get("content-encoding"), limit)
        while (part := raw.next_part()) is not None:
            reader.feed(part)
        return reader.finish()
    except BodyError as error:
        problem = str(error)
    raise invalid(call.context, headers, None, f"the body {problem}")
