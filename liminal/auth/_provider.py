"""What can give access tokens: any object with the right methods, and a base class for it."""

from __future__ import annotations

from typing import Protocol

from liminal.errors import AuthError


class AsyncProvider(Protocol):
    """A provider for ``Client``."""

    async def get_access_token(self) -> str:
        """Return the token."""
        ...


class SyncProvider(Protocol):
    """A provider for ``SyncClient``."""

    def get_access_token_sync(self) -> str:
        """Return the token."""
        ...


class AccessToken(Protocol):
    """azure-core's ``AccessToken``; only its token is used."""

    @property
    def token(self) -> str:
        """The token."""
        ...


class TokenCredential(Protocol):
    """azure-core's blocking credential."""

    def get_token(self, *scopes: str) -> AccessToken:
        """Return a token for these scopes."""
        ...


class AsyncTokenCredential(Protocol):
    """azure-core's asyncio credential."""

    async def get_token(self, *scopes: str) -> AccessToken:
        """Return a token for these scopes."""
        ...


Provider = AsyncProvider | SyncProvider
ProviderLike = Provider | TokenCredential | AsyncTokenCredential


class AuthProvider:
    """Returns access tokens of your identity provider, with which a client opens sessions.

    Subclass it and define ``get_access_token`` for ``Client``, ``get_access_token_sync`` for
    ``SyncClient``, or both. The client calls it each time it opens a session, so return a cached
    token while it is valid. One object may serve many clients, threads and tasks at once.

        class FromVault(AuthProvider):
            async def get_access_token(self) -> str:
                return await vault.read("liminal/token")

    A ``LiminalError`` that you raise reaches the caller unchanged. Any other exception becomes an
    AuthError that names only its type.
    """

    interactive: bool = False
    """Whether a user may be asked to sign in. ``timeout`` and ``deadline`` stop meanwhile."""

    async def get_access_token(self) -> str:
        """Return the token for ``Client``: visible ASCII, not empty."""
        raise missing(self, "get_access_token")

    def get_access_token_sync(self) -> str:
        """Return the token for ``SyncClient``: visible ASCII, not empty."""
        raise missing(self, "get_access_token_sync")


def missing(provider: object, method: str) -> AuthError:
    """Return the error for a provider without the method that this client needs."""
    client, other, define = "SyncClient", "Client", "def"
    if method == "get_access_token":
        client, other, define = "Client", "SyncClient", "async def"
    return AuthError(
        f"{type(provider).__name__} can't sign in a {client}: define `{define} {method}(self)` in "
        f"it, or use {other}"
    )
