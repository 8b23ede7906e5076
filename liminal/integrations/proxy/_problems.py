"""The proxy's own errors, in a form that both vendors' clients understand."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

import httpx
from starlette.responses import JSONResponse, Response

from liminal.errors import APIConnectionError, APITimeoutError, LiminalError

# Parts of messages that only help a program, and their replacements for the proxy.
_SEEN: Final = {
    ", or pass allow_unchecked=True to send such fields as they are": "",
    "protect the client with a conversation": "run the proxy without --isolate",
}


class Problem(NamedTuple):
    """An error that the proxy answers with."""

    status: int
    kind: str
    message: str

    @property
    def body(self) -> dict[str, Any]:
        """The error as JSON. OpenAI's clients read ``error``, and Anthropic's ``type`` as well."""
        error = {"type": self.kind, "message": self.message, "param": None, "code": None}
        return {"type": "error", "error": error}

    def response(self) -> Response:
        """The error as a response, with which clients don't retry by themselves."""
        return JSONResponse(self.body, self.status, headers={"x-should-retry": "false"})

    def event(self) -> bytes:
        """The error as an event of a stream that has begun."""
        return f"event: error\ndata: {json.dumps(self.body)}\n\n".encode()


class Refused(Exception):  # noqa: N818 - not an error of the proxy
    """The proxy refuses a request before anything is sent."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(status, kind, message)


def problem_of(error: Exception) -> Problem:
    """Return the problem to report to the client, without content."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, LiminalError):
        return _of_liminal(error)
    if isinstance(error, httpx.TimeoutException):
        return Problem(504, "timeout_error", "the upstream did not answer in time")
    if isinstance(error, httpx.HTTPError):
        message = f"the connection to the upstream failed ({type(error).__name__})"
        return Problem(502, "api_error", message)
    # Its message may quote content.
    return Problem(500, "api_error", f"the proxy failed ({type(error).__name__})")


def _of_liminal(error: LiminalError) -> Problem:
    if type(error) is LiminalError:  # not about a call: the request can't be protected
        message = str(error)
        for part, seen in _SEEN.items():
            message = message.replace(part, seen)
        return Problem(400, "invalid_request_error", message)
    if isinstance(error, APITimeoutError):
        return Problem(504, "timeout_error", f"Liminal: {error}")
    status = 503 if isinstance(error, APIConnectionError) else 502
    return Problem(status, "api_error", f"Liminal: {error}")
