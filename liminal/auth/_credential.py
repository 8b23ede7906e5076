"""Checks the ``auth`` argument: a token, a session id, or what can be a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from liminal._calls.discreet import discreet
from liminal.auth._caught import CaughtForeignError
from liminal.auth._provider import Provider
from liminal.auth._values import SessionId, Token
from liminal.errors import AuthError, LiminalError

if TYPE_CHECKING:
    from liminal.auth._provider import TokenCredential

Credential = Token | SessionId | Provider


def as_credential(auth: object) -> Credential | None:
    """Return the value of ``auth=`` as a credential; None means that the client has none."""
    if auth is None or isinstance(auth, Token | SessionId):
        return auth
    if isinstance(auth, str):
        raise LiminalError(
            "auth must say what it is: liminal.auth.Token(...) or liminal.auth.SessionId(...)"
        )
    return as_provider(auth)


@discreet
def as_provider(candidate: object) -> Provider:
    """Return ``candidate`` as a provider.

    An object with ``get_access_token`` or ``get_access_token_sync`` is returned unchanged. One with
    azure-core's ``get_token(*scopes)`` is wrapped in a ``TokenCredentialProvider``. Anything else
    raises AuthError, which names only its type.
    """
    if isinstance(candidate, type):
        raise AuthError(f"auth was given the class {candidate.__name__}: pass an instance")
    if _can(candidate, "get_access_token") or _can(candidate, "get_access_token_sync"):
        return cast("Provider", candidate)
    if _can(candidate, "get_token"):
        # Here, since few programs sign in with one.
        from liminal.auth._token_credential import TokenCredentialProvider  # noqa: PLC0415

        return TokenCredentialProvider(cast("TokenCredential", candidate))
    raise AuthError(
        f"auth can't be of type {type(candidate).__name__}: pass a Token, a SessionId, an "
        "AuthProvider, or a credential with get_token(*scopes)"
    )


def _can(candidate: object, method: str) -> bool:
    with CaughtForeignError():  # a property may raise anything
        return callable(getattr(candidate, method, None))
    return False
