"""``liminal login`` and ``liminal logout``."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from getpass import getpass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from liminal.cli import _console
from liminal.cli._signin import URL, WAYS
from liminal.cli._store import Saved, Store, save_in_keyring
from liminal.errors import AuthError, LiminalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liminal.auth import ProviderLike, SessionId, Token
    from liminal.auth.microsoft.device_code_flow import SignInPrompt

TENANT: Final = "LIMINAL_TENANT_ID"
CLIENT: Final = "LIMINAL_CLIENT_ID"
_OF_MICROSOFT: Final = ("tenant_id", "client_id", "authority")

Server = Annotated[
    str | None,
    typer.Option(metavar="URL", envvar=URL, help="The API server.", show_default=False),
]
TenantId = Annotated[
    str | None,
    typer.Option(
        metavar="ID", envvar=TENANT, help="Microsoft's directory (tenant) ID.", show_default=False
    ),
]
ClientId = Annotated[
    str | None,
    typer.Option(
        metavar="ID", envvar=CLIENT, help="Microsoft's application (client) ID.", show_default=False
    ),
]
Authority = Annotated[
    str | None, typer.Option(metavar="URL", help="Another Microsoft cloud.", show_default=False)
]
Session = Annotated[bool, typer.Option("--session", help="Read a session id in place of a token.")]
FromEnv = Annotated[
    bool, typer.Option("--from-env", help="Save the sign-in that the LIMINAL_… variables name.")
]
UseKeyring = Annotated[
    bool,
    typer.Option(
        "--keyring/--no-keyring",
        help="Keep a token in the system's keyring if there is one, or in a private file.",
    ),
]


def login(
    context: typer.Context,
    *,
    server: Server = None,
    tenant_id: TenantId = None,
    client_id: ClientId = None,
    authority: Authority = None,
    session: Session = False,
    from_env: FromEnv = False,
    use_keyring: UseKeyring = True,
) -> None:
    """Sign in, and save the sign-in for later commands.

    Asks for an environment token, or reads it from stdin. With --tenant-id and --client-id, signs
    in with Microsoft: you enter a code in a browser.
    """
    if session and (from_env or any(map(partial(_is_typed, context), _OF_MICROSOFT))):
        raise typer.BadParameter("Give either --session or another kind of sign-in.")
    store = Store()
    secret = ""
    if from_env:
        named = {URL: server} if server else {}
        saved, secret = _from_environment({**os.environ, **named}, authority)
    elif (tenant_id or client_id or authority) and not session:
        saved = _microsoft(_server(server, store), tenant_id, client_id, authority)
    else:
        saved = Saved(server=_server(server, store), way="session" if session else "token")
        secret = _ask_secret("Session id" if session else "Token")
    if saved.way == "device-code":
        store.forget_tokens()  # otherwise an account that is signed in would be used without asking
        count, _ = _try(saved.server, store.provider(saved, _show))
    else:
        count, renewed = _try(saved.server, store.as_credential(saved, secret))
        secret = renewed if saved.way == "session" else secret
        in_keyring = use_keyring and save_in_keyring(saved.server, secret)
        saved = replace(saved, place="keyring" if in_keyring else "file")
    store.save(saved, secret)
    _report(store, saved, count)


def logout() -> None:
    """Remove the saved sign-in from this machine."""
    try:
        saved = Store().clear()
    except AuthError as error:
        return _console.note(f"{error}.")
    if saved is None:
        return _console.note("You were not signed in")
    left = "" if saved.way == "device-code" else f" The {saved.way} itself stays valid."
    return _console.note(f"Signed out of {saved.server}.{left}")


def _is_typed(context: typer.Context, name: str) -> bool:
    """Whether an option is on the command line, not only in the environment."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _server(given: str | None, store: Store) -> str:
    if given:
        return given.strip()
    saved = store.load_or_none()
    if sys.stdin.isatty():
        return _ask("API server", saved.server if saved else "")
    if saved is not None:
        return saved.server
    raise LiminalError(f"Name the API server with --server or in {URL}")


def _ask(what: str, default: str) -> str:
    sys.stderr.write(f"{what} [{default}]: " if default else f"{what}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() or default


def _ask_secret(what: str) -> str:
    """Read a secret without showing it: from a terminal, or the first line of stdin."""
    if sys.stdin.isatty():
        return getpass(f"{what} (not shown): ").strip()
    secret = sys.stdin.readline().strip()
    if not secret:
        raise LiminalError(f"stdin is empty: give the {what.lower()} there")
    return secret


def _microsoft(
    server: str, tenant_id: str | None, client_id: str | None, authority: str | None
) -> Saved:
    if not (tenant_id and client_id):
        raise LiminalError("A sign-in with Microsoft needs both --tenant-id and --client-id")
    return Saved(
        server=server,
        way="device-code",
        place="token-cache",
        tenant_id=tenant_id,
        client_id=client_id,
        authority=authority or "",
    )


def _from_environment(environ: Mapping[str, str], authority: str | None) -> tuple[Saved, str]:
    from liminal.auth import SessionId, Token  # noqa: PLC0415 - --help needs none
    from liminal.auth._env import credential_from_env  # noqa: PLC0415 - as above

    server, credential = credential_from_env(environ)
    if authority and isinstance(credential, Token | SessionId):
        raise typer.BadParameter("--authority is for a sign-in with Microsoft only.")
    if isinstance(credential, Token):
        return Saved(server=server, way="token"), credential.value
    if isinstance(credential, SessionId):
        return Saved(server=server, way="session"), credential.value
    return _microsoft(server, environ[TENANT].strip(), environ[CLIENT].strip(), authority), ""


def _try(server: str, credential: Token | SessionId | ProviderLike) -> tuple[int, str]:
    """Sign in; return the number of model instances, and the session id."""
    from liminal import SyncClient  # noqa: PLC0415 - as above

    with SyncClient(server, auth=credential) as client:
        count = len(client.llm.get_available_model_instances())
        return count, client.session_id or ""


def _show(prompt: SignInPrompt) -> None:
    _console.note(prompt.message)


def _report(store: Store, saved: Saved, count: int) -> None:
    place = "the system's keyring" if saved.place == "keyring" else str(store.folder)
    instances = f"{count} model instance{'' if count == 1 else 's'}"
    _console.note(f"Signed in to {saved.server}, with {instances}. The sign-in is kept in {place}.")
    begun = [name for name in WAYS if os.environ.get(name, "").strip()]
    if begun:
        _console.note(f"While {begun[0]} is set in the environment, it is used instead.")
