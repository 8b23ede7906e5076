"""What can serve as a provider, by structure: nobody needs to import from here to take part."""

from __future__ import annotations

from typing import Protocol


class AsyncProvider(Protocol):
    """Anything that has the asyncio half of an AuthProvider."""

    async def get_access_token(self) -> str:
        """Return the token."""
        ...


class SyncProvider(Protocol):
    """Anything that has the blocking half of an AuthProvider."""

    def get_access_token_sync(self) -> str:
        """Return the token."""
        ...


class AccessToken(Protocol):
    """azure-core's ``AccessToken``, of which only the token counts here."""

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
