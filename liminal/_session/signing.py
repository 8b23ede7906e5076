"""What it takes to sign a request with the session, and to read the session from its answer.

What differs between the variants, renewing and sending again, lies in `auth`.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Final

import httpx

from liminal._calls.call import CALL, Call
from liminal._calls.failures import timed_out
from liminal._calls.request import waits
from liminal._calls.server_url import ServerUrl
from liminal.errors import APIConnectionError, APIStatusError, AuthError, LiminalError
from liminal_api.api.auth import get_current_user

from .listeners import SessionListeners
from .state import SESSION_COOKIE, Held, Session, SessionCookie, find_session_cookie

# A session is good for the paths of the operations that need one; this stands for all of them.
_SIGNED_PATH: Final[str] = get_current_user.get_kwargs()["url"]


class SigningAuth(httpx.Auth):
    """Signs by a session, whose server and provider it knows."""

    def __init__(self, session: Session, server: ServerUrl, *, interactive: bool) -> None:
        self.session: Session = session
        self._server = server
        # While a person signs in, the clocks of all calls that wait for it stand still.
        self._interactive = interactive
        self.listeners: SessionListeners = SessionListeners(session.held.value)

    def cookie_of(self, headers: httpx.Headers) -> SessionCookie | None:
        """The session in an answer's headers, if there is one and it is ours."""
        lines = headers.get_list("set-cookie")
        if not lines:
            return None
        host, path = self._server.host, self._server.path + _SIGNED_PATH
        return find_session_cookie(lines, host, path, time.time(), headers.get("date", ""))

    def _take_cookie(self, headers: httpx.Headers) -> SessionCookie | None:
        """The same, with no ``Set-Cookie`` left: who gets the headers may log or pickle them."""
        cookie = None
        if "set-cookie" in headers:
            cookie = self.cookie_of(headers)
            del headers["set-cookie"]
        return cookie

    def _share_failure(self, call: Call) -> None:
        error = self.session.failure_for(call.number)
        if error is not None:
            raise error

    def _while_renewing(self, call: Call) -> AbstractContextManager[None]:
        """A renewal has tries of its own, and a person has no deadline."""
        return call.clock.stopped() if self._interactive else call.clock.try_stopped()


def sign(request: httpx.Request, call: Call, held: Held) -> None:
    """Make it ready to go; APITimeoutError when a login has left it no time."""
    if call.clock.call_left() <= 0:
        raise timed_out(call).error
    cookies = [call.kwargs["headers"].get("Cookie"), f"{SESSION_COOKIE}={held.value}"]
    request.headers["Cookie"] = "; ".join(filter(None, cookies))
    request.extensions["timeout"] = waits(call)
    call.hand_over()


def call_of(request: httpx.Request) -> Call:
    call: Call = request.extensions[CALL]
    return call


def turned_away(call: Call, response: httpx.Response) -> None:
    """Leave httpx, which reads an answer before it sends the next request, nothing to read."""
    response.stream = httpx.ByteStream(b"")
    response.is_closed = False
    call.sent = False  # a 401 says that nothing was done


def ahead_of_time(call: Call) -> Call:
    """The call as one that renews early: a login that hangs must leave it time for itself."""
    left = call.clock.call_left() / 2
    return Call(call.operation, call.kwargs, call.options, number=call.number, deadline=left)


def could_not_ask(error: LiminalError) -> bool:
    """There is no new session, for any reason but that the service refused the login."""
    if isinstance(error, AuthError):
        return error.status_code is None
    return isinstance(error, APIConnectionError | APIStatusError)
