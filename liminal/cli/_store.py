"""Saves a sign-in for later commands: the secret in the system's keyring or a private file."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import typer

from liminal.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Callable

    from liminal.auth import ProviderLike, SessionId, Token
    from liminal.auth.microsoft.device_code_flow import SignInPrompt

SERVICE: Final = "liminal"  # its name in the keyring


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A way to sign in, without the secret itself."""

    server: str
    way: Literal["token", "session", "device-code"]
    place: Literal["keyring", "file", "token-cache"] = "file"
    tenant_id: str = ""
    client_id: str = ""
    authority: str = ""


class Store:
    """The folder of a saved sign-in: the user's settings folder."""

    def __init__(self) -> None:
        self.folder = Path(typer.get_app_dir("liminal"))
        self._settings = self.folder / "sign-in.json"
        self._secret = self.folder / "secret"
        self._tokens = self.folder / "token-cache"

    def load(self) -> Saved | None:
        """Return the saved sign-in, None if there is none; AuthError if its file can't be used."""
        content = _read(self._settings)
        return None if content is None else self._parsed(content)

    def _parsed(self, content: str | bytes) -> Saved:
        try:
            return Saved(**json.loads(content))
        except (ValueError, TypeError):
            pass
        raise AuthError(f"{self._settings} is damaged: run `liminal login`")

    def load_or_none(self) -> Saved | None:
        """Return the saved sign-in; None if there is no usable one."""
        with contextlib.suppress(AuthError):
            return self.load()
        return None

    def credential(self, saved: Saved) -> Token | SessionId | ProviderLike:
        """Return the credential; AuthError if it no longer exists."""
        if saved.way == "device-code":
            return self.provider(saved)
        secret = _from_keyring(saved.server) if saved.place == "keyring" else _read(self._secret)
        if not secret:
            raise AuthError(f"The saved {saved.way} can't be found: run `liminal login`")
        return self.as_credential(saved, secret)

    def as_credential(self, saved: Saved, secret: str) -> Token | SessionId:
        """Return a token or a session id as a credential; AuthError if it can't be one."""
        from liminal.auth import SessionId, Token  # noqa: PLC0415 - --help needs none

        return Token(secret) if saved.way == "token" else SessionId(secret)

    def provider(
        self, saved: Saved, prompt: Callable[[SignInPrompt], object] | None = None
    ) -> ProviderLike:
        """Return Microsoft's provider, which asks the user only if there is a ``prompt``."""
        from liminal.auth.microsoft.device_code_flow import (  # noqa: PLC0415 - as above
            DeviceCodeFlowProvider,
        )

        return DeviceCodeFlowProvider(
            saved.tenant_id,
            saved.client_id,
            authority=saved.authority or None,
            auth_challenge_timeout=900,  # Microsoft's codes are valid that long
            token_cache=self._tokens,
            prompt=prompt,
            interactive=prompt is not None,
        )

    def save(self, saved: Saved, secret: str) -> None:
        """Save a sign-in in place of the last one; OSError if a file can't be written.

        A secret that belongs in the keyring must be there already.
        """
        last = self.load_or_none()
        if last and last.place == "keyring" and (last.server, "keyring") != _key(saved):
            _forget_in_keyring(last.server)
        if saved.place == "file":
            _write(self._secret, secret)
        else:
            self._secret.unlink(missing_ok=True)
        if saved.place != "token-cache":
            self.forget_tokens()
        _write(self._settings, json.dumps(asdict(saved), indent=2) + "\n")

    def renew(self, saved: Saved, secret: str) -> None:
        """Replace the saved secret."""
        if saved.place == "file" or not save_in_keyring(saved.server, secret):
            _write(self._secret, secret)

    def clear(self) -> Saved | None:
        """Remove the sign-in with its secret, and return what it was; None if there was none.

        AuthError if its file was damaged: a secret in the keyring can't be found without it.
        """
        is_damaged = False
        try:
            saved = self._parsed(self._settings.read_bytes())
        except FileNotFoundError:
            saved = None
        except AuthError:
            saved, is_damaged = None, True
        if saved is not None and saved.place == "keyring":
            _forget_in_keyring(saved.server)
        self.forget_tokens()
        self._secret.unlink(missing_ok=True)
        self._settings.unlink(missing_ok=True)
        if is_damaged:
            raise AuthError(
                "The saved sign-in was damaged, and has been removed. If its secret is in the"
                f" system's keyring, remove the entry {SERVICE} there"
            )
        return saved

    def forget_tokens(self) -> None:
        """Remove Microsoft's tokens, if there are any."""
        if self._tokens.exists():
            from liminal.auth.microsoft._cache import forget_tokens  # noqa: PLC0415 - loads msal

            forget_tokens(self._tokens)


def _key(saved: Saved) -> tuple[str, str]:
    return saved.server, saved.place


# Keyring backends raise their own errors, such as those of D-Bus.


def save_in_keyring(server: str, secret: str) -> bool:
    """Save a secret in the system's keyring; return False if no keyring accepts it."""
    import keyring  # noqa: PLC0415 - few commands need it

    with contextlib.suppress(Exception):
        keyring.set_password(SERVICE, server, secret)
        return keyring.get_password(SERVICE, server) == secret
    return False


def _from_keyring(server: str) -> str | None:
    import keyring  # noqa: PLC0415 - as above

    with contextlib.suppress(Exception):
        return keyring.get_password(SERVICE, server)
    return None


def _forget_in_keyring(server: str) -> None:
    import keyring  # noqa: PLC0415 - as above

    with contextlib.suppress(Exception):
        keyring.delete_password(SERVICE, server)


def _read(path: Path) -> str | None:
    from liminal.auth._private_file import PrivateFile, Unusable  # noqa: PLC0415 - as above

    try:
        content = PrivateFile(path).read()
        return None if content is None else content.decode("ascii")
    except Unusable as problem:
        reason = str(problem)
    except UnicodeDecodeError:
        reason = "it is damaged"
    raise AuthError(f"{path} is not used: {reason}, or run `liminal login`")


def _write(path: Path, content: str) -> None:
    """Write a private file; OSError, which names it, if it can't be written."""
    from liminal.auth._private_file import PrivateFile  # noqa: PLC0415 - as above

    file = PrivateFile(path)
    try:
        with file.locked():
            file.write(content.encode("ascii"))
    except OSError as error:
        error.filename = str(path)
        raise
