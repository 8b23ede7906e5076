"""The login operation that each credential calls for, and the errors of logins."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from liminal.auth import SessionId, Token
from liminal.errors import APIConnectionError, APIStatusError, AuthError, LiminalError, RequestError
from liminal_api.api.auth import (
    get_current_user,
    login_with_access_token,
    login_with_environment_token,
)
from liminal_api.security import SCHEMES
from liminal_api.types import Operation, RequestKwargs

from .state import SESSION_COOKIE, SessionCookie

_ENVIRONMENT_TOKEN: Final = SCHEMES["environmentToken"].name

Login = tuple[Operation[Any], RequestKwargs]


def login_request(credential: Token | SessionId | str, session_id: str | None) -> Login:
    """The operation that opens a session with this credential; a str is a token of a provider."""
    if isinstance(credential, SessionId):
        return get_current_user.OPERATION, _with(
            get_current_user.get_kwargs(), "Cookie", f"{SESSION_COOKIE}={session_id}"
        )
    if isinstance(credential, Token):
        return login_with_environment_token.OPERATION, _with(
            login_with_environment_token.get_kwargs(), _ENVIRONMENT_TOKEN, credential.value
        )
    return login_with_access_token.OPERATION, _with(
        login_with_access_token.get_kwargs(), "Authorization", f"Bearer {credential}"
    )


def _with(request: RequestKwargs, header: str, value: str) -> RequestKwargs:
    request["headers"][header] = value
    return request


def check_login(cookie: SessionCookie | None, context: Mapping[str, Any]) -> SessionCookie:
    """Require a session from a login's answer; ``context`` holds the attributes of the error."""
    if cookie is None or cookie.is_deletion:
        raise AuthError(
            "the login was answered without a session cookie: check that api_server_url is that of"
            " a Liminal API server",
            **context,
        )
    return cookie


def no_credential(operation: str) -> AuthError:
    """The error of a call by a client without ``auth``."""
    return AuthError(
        "this client has no way to sign in: pass auth=, or use a Client.authenticate_from_…",
        operation=operation,
    )


def session_gone() -> AuthError:
    """The error of a client that has only a session id, after the service ended that session."""
    return AuthError(
        "the session has ended, and a session id alone can't open another: sign in again",
        operation=get_current_user.OPERATION.id,
    )


def is_transient(error: LiminalError) -> bool:
    """Whether a renewal failed for any other reason than that the service refused the login."""
    if isinstance(error, AuthError):
        return error.status_code is None
    return isinstance(error, APIConnectionError | APIStatusError)


@contextmanager
def naming_the_login() -> Generator[None, None, None]:
    """Name the login in errors of a provider, which fails before that login is sent."""
    try:
        yield
    except RequestError as error:
        if error.operation is None:
            error.operation, error.attempts = login_with_access_token.OPERATION.id, 0
        raise
