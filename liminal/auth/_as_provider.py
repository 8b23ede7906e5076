"""Turns the ``auth`` argument into a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from liminal._calls.discreet import discreet
from liminal.auth._caught import CaughtForeignError
from liminal.errors import AuthError

if TYPE_CHECKING:
    from liminal.auth._protocols import Provider, TokenCredential


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
