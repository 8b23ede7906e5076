"""Asks a provider for its token, and trusts nothing about the answer."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, cast

from liminal.auth._caught import CaughtForeignError
from liminal.auth._provider import missing
from liminal.auth._values import secret_problem
from liminal.errors import AuthError

if TYPE_CHECKING:
    from liminal.auth._protocols import Provider


def is_interactive(provider: Provider) -> bool:
    """Whether a person may be asked to sign in, so that the clocks must stand still."""
    with CaughtForeignError() as caught:
        return bool(getattr(provider, "interactive", False))
    raise _raised(provider, caught.kind)


async def fetch_token(provider: Provider) -> str:
    """Return the provider's token for ``Client``.

    AuthError, naming the provider's type and no value, if it has no ``get_access_token``, raises,
    or returns what can't be a token. Its own LiminalError and a cancellation pass as they are.
    """
    token: object = None
    with CaughtForeignError() as caught:
        ask = getattr(provider, "get_access_token", None)
        if ask is None:
            raise missing(provider, "get_access_token")
        answer = ask()
        token = await answer if inspect.isawaitable(answer) else answer
    return _checked(provider, token, caught.kind)


def fetch_token_sync(provider: Provider) -> str:
    """Return the provider's token for ``SyncClient``; see ``fetch_token``."""
    token: object = None
    with CaughtForeignError() as caught:
        ask = getattr(provider, "get_access_token_sync", None)
        if ask is None:
            raise missing(provider, "get_access_token_sync")
        token = ask()
    drop(token)
    return _checked(provider, token, caught.kind)


def drop(answer: object) -> None:
    """Close a coroutine that nobody will await, so that Python does not warn about it."""
    if inspect.iscoroutine(answer):
        answer.close()


def _checked(provider: object, token: object, failure: str | None) -> str:
    if failure is not None:
        raise _raised(provider, failure)
    problem = secret_problem(token)
    if problem is not None:
        name = type(provider).__name__
        raise AuthError(f"What the auth provider {name} returned as its token {problem}")
    return cast("str", token)


def _raised(provider: object, failure: str | None) -> AuthError:
    name = type(provider).__name__
    return AuthError(f"The auth provider {name} raised {failure}: call it on its own to see why")
