"""Keeps a sign-in for the next command: secrets in the system's keyring or in a private file."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import typer

from liminal.errors import AuthError, LiminalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from liminal.auth import ProviderLike, SessionId, Token
    from liminal.auth.microsoft.device_code_flow import SignInPrompt

SERVICE: Final = "liminal"  # what the keyring lists it under

Way = Literal["token", "session", "device-code"]


@dataclass(frozen=True, kw_only=True)
class Saved:
    """How to sign in, without the secret itself."""

    server: str
    way: Way
    place: Literal["keyring", "file", "token-cache"]
    tenant_id: str = ""
    client_id: str = ""
    authority: str = ""


class Store:
    """The folder that a sign-in is kept in, by default the user's for settings."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(typer.get_app_dir("liminal"))
        self._settings = self.folder / "sign-in.json"
        self._secret = self.folder / "secret"
        self.token_cache = self.folder / "token-cache"

    def load(self) -> Saved | None:
        """Return the saved sign-in, None if there is none; AuthError if its file can't be used."""
        content = _read(self._settings)
        if content is None:
            return None
        try:
            return Saved(**json.loads(content))
        except (ValueError, TypeError):
            pass
        raise AuthError(f"{self._settings} is damaged: run `liminal login` again")

    def credential(self, saved: Saved) -> Token | SessionId | ProviderLike:
        """Return what to sign in with; AuthError if it is no longer there."""
        from liminal.auth import SessionId, Token  # noqa: PLC0415 - --help needs none

        if saved.way == "device-code":
            return self.provider(saved)
        secret = _from_keyring(saved.server) if saved.place == "keyring" else _read(self._secret)
        if not secret:
            raise AuthError("The saved sign-in is incomplete: run `liminal login` again")
        return (Token if saved.way == "token" else SessionId)(secret.strip())

    def provider(
        self, saved: Saved, prompt: Callable[[SignInPrompt], object] | None = None
    ) -> ProviderLike:
        """Return Microsoft's provider, which asks the person only if it has a ``prompt``."""
        from liminal.auth.microsoft.device_code_flow import (  # noqa: PLC0415 - as above
            DeviceCodeFlowProvider,
        )

        return DeviceCodeFlowProvider(
            saved.tenant_id,
            saved.client_id,
            authority=saved.authority or None,
            auth_challenge_timeout=900,  # how long Microsoft's codes are valid, at most
            token_cache=self.token_cache,
            prompt=prompt,
            interactive=prompt is not None,
        )

    def save(self, saved: Saved, secret: str = "") -> None:
        """Save a sign-in in place of the last one; LiminalError if a file can't be written."""
        if saved.place == "file":
            _write(self._secret, secret)
        _write(self._settings, json.dumps(asdict(saved), indent=2) + "\n")

    def clear(self) -> Saved | None:
        """Remove the sign-in with all its secrets, and return what it was."""
        saved = None
        with contextlib.suppress(AuthError):
            saved = self.load()
        if saved is not None and saved.place == "keyring":
            _forget_in_keyring(saved.server)
        for file in (self._settings, self._secret, self.token_cache):
            file.unlink(missing_ok=True)
        return saved


def save_in_keyring(server: str, secret: str) -> bool:
    """Save a secret in the system's keyring; return False if there is none that takes it."""
    import keyring  # noqa: PLC0415 - takes 50 ms
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        keyring.set_password(SERVICE, server, secret)
        return keyring.get_password(SERVICE, server) == secret
    except (KeyringError, OSError, RuntimeError):
        return False


def _from_keyring(server: str) -> str | None:
    import keyring  # noqa: PLC0415 - as above
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        return keyring.get_password(SERVICE, server)
    except (KeyringError, OSError, RuntimeError):
        return None


def _forget_in_keyring(server: str) -> None:
    import keyring  # noqa: PLC0415 - as above
    from keyring.errors import KeyringError  # noqa: PLC0415

    with contextlib.suppress(KeyringError, OSError, RuntimeError):
        keyring.delete_password(SERVICE, server)


def _read(path: Path) -> str | None:
    from liminal.auth._private_file import PrivateFile, Unusable  # noqa: PLC0415 - as above

    try:
        content = PrivateFile(path).read()
        return None if content is None else content.decode()
    except (Unusable, UnicodeDecodeError) as problem:
        reason = str(problem) if isinstance(problem, Unusable) else "it is not text"
    raise AuthError(f"{path} is not used: {reason}")


def _write(path: Path, content: str) -> None:
    from liminal.auth._private_file import PrivateFile  # noqa: PLC0415 - as above

    file = PrivateFile(path)
    try:
        with file.locked():
            file.write(content.encode())
            return
    except OSError as error:
        reason = error.strerror or str(error)
    raise LiminalError(f"{path} can't be written: {reason}")
