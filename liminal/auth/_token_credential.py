"""Credentials of azure-identity, and all that look like them, as auth providers."""

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
    from liminal.auth._protocols import AccessToken, AsyncTokenCredential, TokenCredential

# What a device-code sign-in asks for by default (User.Read) is Microsoft Graph's; a credential that
# stands for no person can't choose, and asks for whatever it was granted there: `.default`.
DEFAULT_SCOPE: Final = "https://graph.microsoft.com/.default"


class TokenCredentialProvider(AuthProvider):
    """Signs in with a credential that has azure-core's ``get_token(*scopes)``.

    ``credential`` may be blocking or asyncio: managed identity, workload identity, certificate,
    Azure CLI. A blocking one runs in a thread under ``Client``; an asyncio one can't serve
    ``SyncClient``. ``scopes`` are what it is asked for, by default Microsoft Graph's ``.default``.
    Set ``interactive`` for a credential that asks a person. It stays yours: it is not closed.

        from azure.identity import ManagedIdentityCredential

        provider = TokenCredentialProvider(ManagedIdentityCredential())
        client = Client(url, auth=provider)

    Under ``Client``, a cancelled call does not wait for a blocking credential, whose thread ends
    when the credential returns. AuthError, without its message, if the credential raises.
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
        """Return what an asyncio credential gives, or a blocking one in a thread."""
        with CaughtForeignError() as caught:
            return (await self._ask()).token
        raise self._refused(caught.kind)

    @discreet
    def get_access_token_sync(self) -> str:
        """Return what a blocking credential gives."""
        answer = None
        with CaughtForeignError() as caught:
            answer = self._credential.get_token(*self._scopes)
            if not inspect.isawaitable(answer):
                return answer.token
        drop(answer)
        raise self._refused(caught.kind) if caught.kind else self._asyncio_only()

    async def _ask(self) -> AccessToken:
        from anyio import to_thread  # noqa: PLC0415 - keeps the import of liminal.auth cheap

        ask = partial(self._credential.get_token, *self._scopes)
        if inspect.iscoroutinefunction(self._credential.get_token):
            answer = ask()
        else:
            # In a tuple, since trio lets no bare coroutine out of a thread.
            (answer,) = await to_thread.run_sync(lambda: (ask(),), abandon_on_cancel=True)
        return (await answer) if inspect.isawaitable(answer) else answer

    def _refused(self, failure: str | None) -> AuthError:
        name = type(self._credential).__name__
        return AuthError(
            f"{name}.get_token() gave no token ({failure}): call it on its own to see why"
        )

    def _asyncio_only(self) -> AuthError:
        name = type(self._credential).__name__
        return AuthError(
            f"{name} is an asyncio credential and can't serve SyncClient: use its blocking twin "
            "(azure.identity in place of azure.identity.aio), or Client"
        )
