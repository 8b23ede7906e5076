"""Keeps msal's tokens: in memory, or in a file that several processes may share."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from liminal.auth._caught import CaughtForeignError
from liminal.auth._private_file import PrivateFile, Unusable
from liminal.auth._values import secret_problem

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterable, Mapping

    class SerializableTokenCache:
        """What we use of msal's class of this name; msal has no types."""

        def add(self, event: Any, **options: Any) -> None: ...
        def update_rt(self, rt_item: Any, new_rt: str) -> None: ...
        def search(
            self, credential_type: str, *arguments: Any, **options: Any
        ) -> Iterable[Any]: ...
        def serialize(self) -> str: ...
        def deserialize(self, state: str) -> None: ...

else:
    from msal import SerializableTokenCache

_logger = logging.getLogger("liminal")
# What msal takes for granted in an entry of its file.
_TOKEN: Final = ("secret", "home_account_id", "environment")
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "AccessToken": (*_TOKEN, "expires_on"),
    "RefreshToken": _TOKEN,
    "Account": ("authority_type",),
}
_NUMBERS: Final = frozenset({"expires_on", "last_modification_time", "refresh_on"})
_TEXTS: Final = frozenset({"authority_type", "secret", "target"})


class EncryptedFile(PrivateFile):
    """A file encrypted by DPAPI, Keychain or libsecret, through msal-extensions.

    It contains the ciphertext (Windows), or nothing: its mtime is then that of the keyring's entry.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        extensions: Any = import_module("msal_extensions")
        self._persistence = extensions.build_encrypted_persistence(str(self.path))
        self._not_found: Any = import_module("msal_extensions.persistence").PersistenceNotFound

    def read(self) -> bytes | None:
        """Return the decrypted content, None if there is none; Unusable if that fails."""
        with CaughtForeignError() as caught:
            try:
                return str(self._persistence.load()).encode()
            except self._not_found:
                return None
        raise Unusable(f"it could not be decrypted ({caught.kind})")

    def write(self, content: bytes) -> None:
        """Encrypt and replace the content. Raises OSError if that fails."""
        # An earlier run without encryption may have left its content under this name.
        self.path.unlink(missing_ok=True)
        with CaughtForeignError() as caught:
            self._persistence.save(content.decode())
        if caught.kind:
            raise OSError(f"the platform could not encrypt it ({caught.kind})")


class FileTokenCache(SerializableTokenCache):
    """msal's token cache, with every change written to a file before it is used.

    The file is read again whenever another process changed it, so that a token that one process
    got serves all. If it can't be read or written, that is logged, without content, and the
    sign-in lasts as long as this process.
    """

    def __init__(self, file: PrivateFile) -> None:
        super().__init__()
        self._file = file
        self._seen: object = None

    def search(self, credential_type: str, *arguments: Any, **options: Any) -> Iterable[Any]:
        """Look for entries, after reading what is new in the file."""
        if self._file.version() != self._seen:
            with self._locked(save=False):
                pass
        return super().search(credential_type, *arguments, **options)

    def add(self, event: Any, **options: Any) -> None:
        """Add the tokens of an answer to what is in the file by now."""
        with self._locked():
            super().add(event, **options)

    def update_rt(self, rt_item: Any, new_rt: str) -> None:
        """Replace a refresh token that was used."""
        with self._locked():
            super().update_rt(rt_item, new_rt)

    # Not `modify`, which both of them call: msal removes expired entries while it holds a lock of
    # its own, and waiting for the file's lock there could wait for a thread that waits for msal's.

    @contextmanager
    def _locked(self, *, save: bool = True) -> Generator[None]:
        """Hold the file's lock: read what is new in it before the block, and save after it.

        Without the lock, as in a read-only folder, it is only read.
        """
        with ExitStack() as lock:
            try:
                lock.enter_context(self._file.locked())
            except OSError as error:
                if save:
                    self._report(f"can't be written: {error.strerror or error}")
                save = False
            self._reload()
            yield
            if save:
                self._save()

    def _reload(self) -> None:
        version = self._file.version()
        if version == self._seen:
            return
        self._seen = version
        try:
            content = self._file.read()
            if content is not None:
                self.deserialize(_checked(content))
        except Unusable as problem:
            self._report(f"is not used: {problem}")

    def _save(self) -> None:
        try:
            self._file.write(self.serialize().encode())
        except OSError as error:
            self._report(f"can't be written: {error.strerror or error}")
        self._seen = self._file.version()

    def _report(self, problem: str) -> None:
        _logger.warning("The token cache %s %s", self._file.path, problem)


def _checked(content: bytes) -> str:
    """Return the content as text if it has what msal takes for granted."""
    with CaughtForeignError():
        text = content.decode()
        sections: dict[str, dict[str, dict[str, Any]]] = json.loads(text)
        for name, entries in sections.items():
            for entry in entries.values():
                _check_entry(name, entry)
        return text
    raise Unusable("it is damaged")


def _check_entry(section: str, entry: dict[str, Any]) -> None:
    """Raise any ``Exception`` if msal would fail at this entry of a section."""
    for name in _NEEDED.get(section, ()):
        entry[name]
    for name in entry.keys() & _NUMBERS:
        int(entry[name])
    texts = [entry[name] for name in entry.keys() & _TEXTS]
    account = entry.get("home_account_id")
    if not all(isinstance(text, str) for text in (*texts, "" if account is None else account)):
        raise TypeError
    if section == "AccessToken" and secret_problem(entry["secret"]) is not None:
        raise ValueError


def token_cache(path: str | os.PathLike[str] | None) -> SerializableTokenCache:
    """Return msal's cache: in memory, or in the file ``path``, encrypted if possible."""
    return SerializableTokenCache() if path is None else FileTokenCache(_file(path))


def forget_tokens(path: str | os.PathLike[str]) -> None:
    """Remove the cache in the file ``path``, and what the platform keeps for it.

    Raises OSError if that fails.
    """
    file = _file(path)
    with file.locked():
        file.write(b"{}")
        file.path.unlink(missing_ok=True)


def _file(path: str | os.PathLike[str]) -> PrivateFile:
    file = PrivateFile(path)
    if find_spec("msal_extensions") is None:
        return file
    with CaughtForeignError() as caught:
        return EncryptedFile(path)
    _logger.warning(
        "The platform offers no encryption here (%s): the token cache %s is a plain file that "
        "only you can read",
        caught.kind,
        file.path,
    )
    return file
