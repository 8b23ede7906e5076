"""Makes auth providers of azure-identity's credentials and others like them."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Final

from liminal._calls.discreet import discreet, discreet_async
from liminal.auth._caught import CaughtForeignError
from liminal.auth._fetch import drop
from liminal.auth._provider import AuthProvider
from liminal.errors import AuthError

if TYPE_CHECKING:
    from liminal.auth._provider import AccessToken, AsyncTokenCredential, TokenCredential

# A device code sign-in requests User.Read of Microsoft Graph. A credential without a user can't
# choose permissions; it requests all that it has been granted, which is `.default`.
DEFAULT_SCOPE: Final = "https://graph.microsoft.com/.default"


class TokenCredentialProvider(AuthProvider):
    """Signs in with a credential that has azure-core's ``get_token(*scopes)``.

    ``credential`` may be blocking or asyncio. ``Client`` runs a blocking one in a thread;
    ``SyncClient`` can't use an asyncio one. ``scopes`` are the requested scopes, by default
    Microsoft Graph's ``.default``. Set ``interactive`` for a credential that asks a user. The
    credential is never closed.

        from azure.identity import ManagedIdentityCredential

        provider = TokenCredentialProvider(ManagedIdentityCredential())
        client = Client(url, auth=provider)

    On ``Client``, a cancelled call doesn't wait for a blocking credential; its thread ends when the
    credential returns. If the credential raises, the call raises AuthError without its message.
    """

    def __init__(
        self,
        credential: TokenCredential | AsyncTokenCredential,
        *scopes: str,
        interactive: bool = False,
    ) -> None:
        self._credential = credential
        self._scopes = scopes or (DEFAULT_SCOPE,)
        self.interactive = interactive

    @discreet_async
    async def get_access_token(self) -> str:
        """Return a token for ``Client``; a blocking credential runs in a thread."""
        with CaughtForeignError() as caught:
            return (await self._ask()).token
        raise self._refused(caught.kind)

    @discreet
    def get_access_token_sync(self) -> str:
        """Return a token for ``SyncClient``."""
        answer = None
        with CaughtForeignError() as caught:
            answer = self._credential.get_token(*self._scopes)
            if not inspect.isawaitable(answer):
                return answer.token
        drop(answer)
        if caught.kind is not None:
            raise self._refused(caught.kind)
        raise AuthError(
            f"{type(self._credential).__name__} is an asyncio credential and can't serve "
            "SyncClient: use its blocking variant (azure.identity in place of "
            "azure.identity.aio), or Client"
        )

    async def _ask(self) -> AccessToken:
        from liminal._http.loops import in_thread  # noqa: PLC0415 - keeps the import cheap

        ask = partial(self._credential.get_token, *self._scopes)
        if inspect.iscoroutinefunction(self._credential.get_token):
            answer = ask()
        else:
            # In a tuple, because trio rejects a coroutine as the result of a thread.
            (answer,) = await in_thread(lambda: (ask(),), abandon_on_cancel=True)
        return (await answer) if inspect.isawaitable(answer) else answer

    def _refused(self, failure: str | None) -> AuthError:
        name = type(self._credential).__name__
        return AuthError(
            f"{name}.get_token() returned no token ({failure}): call it on its own to see why"
        )
