"""What a client can sign in with.

An ``AuthProvider`` returns tokens of an identity provider, a ``Token`` is an environment token from
Liminal, and a ``SessionId`` is the id of a session opened earlier. Any credential with azure-core's
``get_token(*scopes)`` is a provider, too; see ``TokenCredentialProvider``.
"""

from __future__ import annotations

from liminal.auth._as_provider import as_provider
from liminal.auth._protocols import Provider, ProviderLike
from liminal.auth._provider import AuthProvider
from liminal.auth._session_file import SessionFile
from liminal.auth._token_credential import TokenCredentialProvider
from liminal.auth._values import SessionId, Token

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
