"""Signs requests with the session, and tells which errors of an early renewal are transient."""

from __future__ import annotations

from typing import Final

import httpx

from liminal._calls.call import Call
from liminal._calls.failures import timed_out
from liminal._calls.request import waits
from liminal.errors import APIConnectionError, APIStatusError, AuthError, LiminalError

from .state import SESSION_COOKIE, SessionSnapshot

# How often a call is sent at most while the service answers 401 and the session keeps changing.
# When many calls share sessions that end quickly, one may end before a call's turn comes.
SENDS_AT_MOST: Final = 10


def sign(request: httpx.Request, call: Call, snapshot: SessionSnapshot) -> None:
    """Add the session and the timeouts; APITimeoutError if a login has left no time to send it."""
    if call.deadline.call_left() <= 0:
        raise timed_out(call).error
    cookies = [call.kwargs["headers"].get("Cookie"), f"{SESSION_COOKIE}={snapshot.value}"]
    request.headers["Cookie"] = "; ".join(filter(None, cookies))
    request.extensions["timeout"] = waits(call)


def ahead_of_time(call: Call) -> Call:
    """A copy of the call for an early renewal, with half its time: the rest is for the call."""
    left = call.deadline.call_left() / 2
    early = Call(call.operation, call.kwargs, call.options, number=call.number, seconds=left)
    early.observation = call.observation
    return early


def is_transient(error: LiminalError) -> bool:
    """Whether a renewal failed for any other reason than that the service refused the login."""
    if isinstance(error, AuthError):
        return error.status_code is None
    return isinstance(error, APIConnectionError | APIStatusError)
