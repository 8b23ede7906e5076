"""What a client can sign in with.

An ``AuthProvider`` returns tokens of an identity provider, a ``Token`` is an environment token from
Liminal, and a ``SessionId`` is the id of a session opened earlier. Any credential with azure-core's
``get_token(*scopes)`` is a provider, too; see ``TokenCredentialProvider``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from liminal.auth._credential import as_provider
from liminal.auth._provider import AuthProvider, Provider, ProviderLike
from liminal.auth._values import SessionId, Token

if TYPE_CHECKING:
    from liminal.auth._session_file import SessionFile
    from liminal.auth._token_credential import TokenCredentialProvider

__all__ = [
    "AuthProvider",
    "Provider",
    "ProviderLike",
    "SessionFile",
    "SessionId",
    "Token",
    "TokenCredentialProvider",
    "as_provider",
]

# Loaded when they are first used, since most programs need none of them.
_LAZY = {
    "SessionFile": "._session_file",
    "TokenCredentialProvider": "._token_credential",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_LAZY[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
