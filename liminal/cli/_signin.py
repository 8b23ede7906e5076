"""Signs in each command: from the environment, or with the saved sign-in."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final

from liminal.cli._store import Saved, Store
from liminal.errors import AuthError

if TYPE_CHECKING:
    from liminal import SyncClient
    from liminal.auth import ProviderLike, SessionId, Token

URL: Final = "LIMINAL_API_SERVER_URL"
# If one of these is set, the environment is used.
WAYS: Final = ("LIMINAL_TOKEN", "LIMINAL_SESSION_ID", "LIMINAL_TENANT_ID", "LIMINAL_CLIENT_ID")


def connect() -> SyncClient:
    """Return a client that signs in on its first call. Close it, or use it in a ``with``.

    Raises AuthError if neither the environment nor ``liminal login`` says how to sign in.
    """
    from liminal import SyncClient  # noqa: PLC0415 - --help needs none

    if is_in_environment():
        return SyncClient.from_env()
    store = Store()
    saved = saved_sign_in(store)
    client = SyncClient(saved.server, auth=store.credential(saved))
    if saved.way == "session":
        client.on_session_change(partial(store.renew, saved))
    return client


def server_and_credential() -> tuple[str, Token | SessionId | ProviderLike]:
    """Return the server's URL and the credential, for commands without a ``SyncClient``."""
    if is_in_environment():
        from liminal.auth._env import credential_from_env  # noqa: PLC0415 - as above

        return credential_from_env(os.environ)
    store = Store()
    saved = saved_sign_in(store)
    return saved.server, store.credential(saved)


def saved_sign_in(store: Store) -> Saved:
    """Return the saved sign-in, which must be for the environment's server if that names one."""
    saved = store.load()
    if saved is None:
        raise AuthError(f"You are not signed in: run `liminal login`, or set {URL} and {WAYS[0]}")
    server = os.environ.get(URL, "").strip() or saved.server
    if server.rstrip("/") != saved.server.rstrip("/"):
        raise AuthError(
            f"{URL} names another server than {saved.server}, for which the sign-in was saved:"
            " run `liminal login`, or unset it"
        )
    return saved


def is_in_environment() -> bool:
    """Return whether the environment says how to sign in."""
    return any(os.environ.get(name, "").strip() for name in WAYS)
