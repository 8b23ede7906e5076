"""What an auth provider is."""

from __future__ import annotations

from liminal.errors import AuthError


class AuthProvider:
    """Brings a token of your identity provider, with which a client opens a session.

    Subclass it and define ``get_access_token`` for ``Client``, ``get_access_token_sync`` for
    ``SyncClient``, or both. Each is called whenever a session is opened or can't be renewed
    otherwise, so it should return a token at once if it has one that is still good. One object may
    serve many clients, threads and tasks at a time.

        class FromVault(AuthProvider):
            async def get_access_token(self) -> str:
                return await vault.read("liminal/token")

    Raise a ``LiminalError`` to have it reach the user as it is; any other exception becomes an
    AuthError that names its type alone.
    """

    interactive: bool = False
    """True if a person may be asked to sign in: timeout and deadline stand still meanwhile."""

    async def get_access_token(self) -> str:
        """Return the token for ``Client``: visible ASCII, not empty."""
        raise missing(self, "get_access_token")

    def get_access_token_sync(self) -> str:
        """Return the token for ``SyncClient``: visible ASCII, not empty."""
        raise missing(self, "get_access_token_sync")


def missing(provider: object, method: str) -> AuthError:
    """Say what to do about a provider that was made for the other client."""
    name = type(provider).__name__
    if method == "get_access_token":
        return AuthError(
            f"{name} can't sign in a Client: define `async def get_access_token(self)` in it, "
            "or use SyncClient"
        )
    return AuthError(
        f"{name} can't sign in a SyncClient: define `def get_access_token_sync(self)` in it, "
        "or use Client"
    )
