"""Signs a request with the session, and says which errors of a renewal may pass."""

from __future__ import annotations

from typing import Final

import httpx

from liminal._calls.call import Call
from liminal._calls.failures import timed_out
from liminal._calls.request import waits
from liminal.errors import APIConnectionError, APIStatusError, AuthError, LiminalError

from .state import SESSION_COOKIE, SessionSnapshot

# A call is sent this often at most while the service answers 401 and the session keeps changing:
# where many calls share sessions that end quickly, one may end before it is a call's turn.
SENDS_AT_MOST: Final = 10


def sign(request: httpx.Request, call: Call, snapshot: SessionSnapshot) -> None:
    """Make the request ready to send; APITimeoutError when a login has left it no time."""
    if call.clock.call_left() <= 0:
        raise timed_out(call).error
    cookies = [call.kwargs["headers"].get("Cookie"), f"{SESSION_COOKIE}={snapshot.value}"]
    request.headers["Cookie"] = "; ".join(filter(None, cookies))
    request.extensions["timeout"] = waits(call)


def ahead_of_time(call: Call) -> Call:
    """The call as one that renews early: a login that hangs must leave it time for itself."""
    left = call.clock.call_left() / 2
    early = Call(call.operation, call.kwargs, call.options, number=call.number, deadline=left)
    early.observation = call.observation
    return early


def is_transient(error: LiminalError) -> bool:
    """Whether a renewal failed for any reason but that the service refused the login."""
    if isinstance(error, AuthError):
        return error.status_code is None
    return isinstance(error, APIConnectionError | APIStatusError)
