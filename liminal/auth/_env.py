"""Reads the server's URL and the credential from environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from liminal.auth._values import SessionId, Token
from liminal.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liminal.auth._provider import AuthProvider

URL: Final = "LIMINAL_API_SERVER_URL"
TOKEN: Final = "LIMINAL_TOKEN"  # noqa: S105 - a name, not a token
SESSION_ID: Final = "LIMINAL_SESSION_ID"
TENANT_ID: Final = "LIMINAL_TENANT_ID"
CLIENT_ID: Final = "LIMINAL_CLIENT_ID"
_WAYS: Final = ((TOKEN,), (SESSION_ID,), (TENANT_ID, CLIENT_ID))
_CHOICE: Final = f"one of {TOKEN}, {SESSION_ID}, or {TENANT_ID} with {CLIENT_ID}"


def credential_from_env(
    environ: Mapping[str, str],
) -> tuple[str, AuthProvider | Token | SessionId]:
    """Return the API server's URL and the credential that ``environ`` contains.

    LIMINAL_API_SERVER_URL must be set, and exactly one of LIMINAL_TOKEN, LIMINAL_SESSION_ID, or
    LIMINAL_TENANT_ID with LIMINAL_CLIENT_ID. A variable with only whitespace counts as not set.
    AuthError names the variables that are missing or conflict, but never their values.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    begun = [way for way in _WAYS if not given.keys().isdisjoint(way)]
    if len(begun) > 1:
        names = " and ".join(name for way in begun for name in way if name in given)
        raise AuthError(f"{names} are set: keep one way to sign in and unset the others")
    missing = [name for name in (URL, *(begun[0] if begun else ())) if name not in given]
    missing += [] if begun else [_CHOICE]
    if missing:
        raise AuthError(f"Set {' and '.join(missing)} in the environment")
    return given[URL], _credential(given)


def _credential(given: dict[str, str]) -> AuthProvider | Token | SessionId:
    if TOKEN in given:
        return Token(given[TOKEN])
    if SESSION_ID in given:
        return SessionId(given[SESSION_ID])
    from liminal.auth.microsoft.device_code_flow import (  # noqa: PLC0415 - keeps the others cheap
        DeviceCodeFlowProvider,
    )

    return DeviceCodeFlowProvider(given[TENANT_ID], given[CLIENT_ID])
