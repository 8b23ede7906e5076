"""Gets a token from a provider and validates it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, cast

from liminal.auth._caught import CaughtForeignError
from liminal.auth._provider import missing
from liminal.auth._values import secret_problem
from liminal.errors import AuthError

if TYPE_CHECKING:
    from liminal.auth._provider import Provider


def is_interactive(provider: Provider) -> bool:
    """Return whether the provider may ask a user to sign in, which pauses the call's deadline."""
    with CaughtForeignError() as caught:
        return bool(getattr(provider, "interactive", False))
    raise _raised(provider, caught.kind)


async def fetch_token(provider: Provider) -> str:
    """Return the provider's token for ``Client``.

    Raises AuthError, with the provider's type but no values, if it has no ``get_access_token``,
    raises an exception, or returns something that can't be a token. A LiminalError that the
    provider raises and a cancellation are passed on unchanged.
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
    """Return the provider's token for ``SyncClient``; see ``fetch_token``.

    Raises TimeoutError if the call's deadline, which would cancel ``fetch_token``, ended it.
    """
    from liminal._http.sockets.limits import check_limit  # noqa: PLC0415 - loads anyio

    token: object = None
    with CaughtForeignError() as caught:
        ask = getattr(provider, "get_access_token_sync", None)
        if ask is None:
            raise missing(provider, "get_access_token_sync")
        token = ask()
    if caught.kind is not None:
        check_limit()
    drop(token)
    return _checked(provider, token, caught.kind)


def drop(answer: object) -> None:
    """Close a coroutine that is never awaited, so that Python doesn't warn about it."""
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
