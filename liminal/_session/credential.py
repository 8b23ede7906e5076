"""The credentials that a client accepts as ``auth=``."""

from __future__ import annotations

from liminal.auth import SessionId, Token, as_provider
from liminal.auth._protocols import Provider
from liminal.errors import LiminalError

Credential = Token | SessionId | Provider


def as_credential(auth: object) -> Credential | None:
    """Validate ``auth``: a Token, a SessionId, an auth provider, or None for no credential."""
    if auth is None or isinstance(auth, Token | SessionId):
        return auth
    if isinstance(auth, str):
        raise LiminalError(
            "auth must say what it is: liminal.auth.Token(...) or liminal.auth.SessionId(...)"
        )
    return as_provider(auth)
