"""Protocols of providers and credentials. Any object with the right methods works."""

from __future__ import annotations

from typing import Protocol


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
