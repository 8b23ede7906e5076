"""The exit statuses, the status of each error, and its message on stderr."""

from __future__ import annotations

from typing import Final

from liminal.cli import _console
from liminal.cli._signin import is_in_environment
from liminal.errors import (
    APIConnectionError,
    AuthError,
    LiminalError,
    ModelInstanceUnknownError,
    RequestError,
)

SOME_FAILED: Final = 1
USAGE: Final = 2
SIGN_IN: Final = 3
SERVICE: Final = 4
INTERRUPTED: Final = 130

# Parts of messages that only help a program, and their replacements for the command line.
_SEEN: Final = {
    "get_available_model_instances()": "`liminal models`",
    "api_server_url": "the server's URL",
    "; see the error's body for the service's reason": "",
    "; partial_text has the text that arrived": "",
    "; server_message has the service's own words": "",
    "; may_have_been_processed says whether the request was sent": "",
    ": retry_after has the seconds, if the service gave them": "",
    ", and interactive=False forbids asking a person: sign in once with interactive=True and the"
    " same token_cache, or use another credential": "",
    ", or raise auth_challenge_timeout": "",
    "pass its CA file as verify=, or name that in": "name its CA file in",
    "authority=": "the authority",
    "tenant_id": "the tenant ID",
    "client_id": "the client ID",
}


def status_of(error: LiminalError) -> int:
    """Return the exit status for an error."""
    if isinstance(error, AuthError):
        return SIGN_IN
    if isinstance(error, RequestError) and not isinstance(error, ModelInstanceUnknownError):
        return SERVICE
    return USAGE


def complain(problem: str) -> None:
    """Print a problem on stderr, in one line."""
    _console.note(f"liminal: {problem}")


def message_of(error: BaseException) -> str:
    """Return an error's message, worded for the command line."""
    message = str(error)
    for name, seen in _SEEN.items():
        message = message.replace(name, seen)
    return message


def line_about(error: LiminalError) -> str:
    """Return an error's message, with advice and the request's id."""
    line = message_of(error)
    if isinstance(error, AuthError) and not is_in_environment() and "liminal login" not in line:
        line += "; to sign in again, run `liminal login`"
    if isinstance(error, APIConnectionError):
        line += "; to find out why, run `liminal doctor`"
    request_id = getattr(error, "request_id", None)
    return f"{line} (request id {request_id})" if request_id else line
