"""How each command signs in: by the environment, or by what ``liminal login`` saved."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from liminal.cli._store import Store
from liminal.errors import AuthError

if TYPE_CHECKING:
    from liminal import SyncClient
    from liminal.auth import ProviderLike, SessionId, Token

URL: Final = "LIMINAL_API_SERVER_URL"
# Each of these says how to sign in, and so that the environment is to be used.
WAYS: Final = ("LIMINAL_TOKEN", "LIMINAL_SESSION_ID", "LIMINAL_TENANT_ID", "LIMINAL_CLIENT_ID")


def connect() -> SyncClient:
    """Return a client that signs in on its first call. Close it, or use it in a ``with``.

    Raises AuthError if neither the environment nor ``liminal login`` says how to sign in.
    """
    from liminal import SyncClient  # noqa: PLC0415 - --help needs none

    server, credential = server_and_credential()
    return SyncClient(server, auth=credential)


def server_and_credential() -> tuple[str, Token | SessionId | ProviderLike]:
    """Return the server's URL and what to sign in with there: for a ``Client`` of any kind."""
    if is_in_environment():
        from liminal.auth._env import credential_from_env  # noqa: PLC0415 - as above

        return credential_from_env(os.environ)
    store = Store()
    saved = store.load()
    if saved is None:
        raise AuthError(f"Nobody is signed in: run `liminal login`, or set {URL} and LIMINAL_TOKEN")
    # A sign-in is never shown to another server than the one that it was saved for.
    server = os.environ.get(URL, "").strip() or saved.server
    if server.rstrip("/") != saved.server.rstrip("/"):
        raise AuthError(
            f"{URL} names another server than the one of the saved sign-in, {saved.server}:"
            " run `liminal login`, or unset it"
        )
    return saved.server, store.credential(saved)


def is_in_environment() -> bool:
    """Return whether the environment says how to sign in."""
    return any(os.environ.get(name, "").strip() for name in WAYS)
