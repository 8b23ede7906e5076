"""Keeps msal's tokens: in memory, or in a file that several processes may share."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from liminal.auth._caught import CaughtForeignError
from liminal.auth._private_file import PrivateFile, Unusable

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterable
    from contextlib import AbstractContextManager

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


class Store(Protocol):
    """Where a token cache lies between two runs."""

    def version(self) -> object:
        """Return what changes with the content; None if there is none."""
        ...

    def read(self) -> bytes | None:
        """Return the content, None if there is none; Unusable if it can't be trusted."""
        ...

    def write(self, content: bytes) -> None:
        """Replace the content; OSError if that can't be."""
        ...

    def locked(self) -> AbstractContextManager[None]:
        """Keep other writers out; OSError if that can't be."""
        ...


class EncryptedStore:
    """The platform's own safe: DPAPI, Keychain or libsecret, through msal-extensions.

    Its file holds the ciphertext (Windows), or nothing and only tells by its age when the safe was
    changed.
    """

    def __init__(self, file: PrivateFile, persistence: Any) -> None:
        self._file = file
        self._persistence = persistence
        self._not_found: Any = import_module("msal_extensions.persistence").PersistenceNotFound
        self.version = file.version
        self.locked = file.locked

    def read(self) -> bytes | None:
        """Decrypt what was stored."""
        with CaughtForeignError() as caught:
            try:
                return str(self._persistence.load()).encode()
            except self._not_found:
                return None
        raise Unusable(f"it could not be decrypted ({caught.kind})")

    def write(self, content: bytes) -> None:
        """Encrypt and store."""
        # What an earlier run, without encryption, may have left under this name.
        self._file.path.unlink(missing_ok=True)
        with CaughtForeignError() as caught:
            self._persistence.save(content.decode())
        if caught.kind:
            raise OSError(f"the platform could not encrypt it ({caught.kind})")


class FileTokenCache(SerializableTokenCache):
    """A token cache of msal whose every addition is in the file before it is used.

    The file is read again whenever another process changed it, so a token that one process got
    serves all. What can't be read or written is logged, without content, and does not end a
    sign-in: it then lasts as long as this process.
    """

    def __init__(self, store: Store, name: object) -> None:
        super().__init__()
        self._store = store
        self._name = name
        self._seen: object = None

    def search(self, credential_type: str, *arguments: Any, **options: Any) -> Iterable[Any]:
        """Look for entries, after reading what is new in the file."""
        if self._store.version() != self._seen:
            with self._locked():
                pass
        return super().search(credential_type, *arguments, **options)

    def add(self, event: Any, **options: Any) -> None:
        """Take over what a token answer brought, on top of what is in the file by now."""
        with self._changing():
            super().add(event, **options)

    def update_rt(self, rt_item: Any, new_rt: str) -> None:
        """Take over a refresh token in place of the one that was used."""
        with self._changing():
            super().update_rt(rt_item, new_rt)

    # Not `modify`, to which both come down: msal removes expired entries while it holds a lock of
    # its own, and whoever then waits for the file's lock may wait for a thread that waits for it.

    @contextmanager
    def _changing(self) -> Generator[None]:
        with self._locked() as held:
            yield
            if held:
                self._save()

    @contextmanager
    def _locked(self) -> Generator[bool]:
        with ExitStack() as stack:
            try:
                stack.enter_context(self._store.locked())
            except OSError as error:
                self._report(f"is not used: {error.strerror or error}")
                held = False
            else:
                held = True
                self._reload()
            yield held

    def _reload(self) -> None:
        version = self._store.version()
        if version == self._seen:
            return
        self._seen = version
        try:
            content = self._store.read()
            if content is not None:
                self.deserialize(_checked(content))
        except Unusable as problem:
            self._report(f"is not used: {problem}")

    def _save(self) -> None:
        try:
            self._store.write(self.serialize().encode())
        except OSError as error:
            self._report(f"can't be written: {error.strerror or error}")
        self._seen = self._store.version()

    def _report(self, problem: str) -> None:
        _logger.warning("The token cache %s %s", self._name, problem)


def _checked(content: bytes) -> str:
    """Return the content as text if msal will understand it: sections of entries of fields."""
    with CaughtForeignError():
        text = content.decode()
        sections: dict[str, dict[str, dict[str, Any]]] = json.loads(text)
        for name, entries in sections.items():
            for entry in entries.values():
                _check_entry(name, entry)
        return text
    raise Unusable("it is damaged")


def _check_entry(section: str, entry: dict[str, Any]) -> None:
    """Touch what msal takes for granted; whatever is raised means that it is not there."""
    entry.keys()
    if section in {"AccessToken", "RefreshToken"}:
        _ = entry["secret"], entry["home_account_id"], entry["environment"]
    if section == "AccessToken":
        int(entry["expires_on"])


def token_cache(path: str | os.PathLike[str] | None) -> SerializableTokenCache:
    """Return msal's cache: in memory alone, or in the file ``path``, encrypted if it can be."""
    if path is None:
        return SerializableTokenCache()
    file = PrivateFile(path)
    return FileTokenCache(_encrypted(file) or file, file.path)


def forget_tokens(path: str | os.PathLike[str]) -> None:
    """Remove the cache in the file ``path``, and what the platform keeps for it.

    Raises OSError if that can't be done.
    """
    file = PrivateFile(path)
    with file.locked():
        (_encrypted(file) or file).write(b"{}")
        file.path.unlink(missing_ok=True)


def _encrypted(file: PrivateFile) -> Store | None:
    if find_spec("msal_extensions") is None:
        return None
    with CaughtForeignError() as caught:
        extensions: Any = import_module("msal_extensions")
        return EncryptedStore(file, extensions.build_encrypted_persistence(str(file.path)))
    _logger.warning(
        "The platform offers no encryption here (%s): the token cache %s is a plain file that "
        "only you can read",
        caught.kind,
        file.path,
    )
    return None
