"""The token cache, encrypted by the platform."""

import sys
from pathlib import Path
from typing import ClassVar

import msal_extensions
import pytest
from msal_extensions.persistence import PersistenceNotFound

from liminal.auth.microsoft._cache import forget_tokens


class Keyring:
    """What msal-extensions returns where there is a keyring: the file holds no content."""

    content: ClassVar[dict[str, str]] = {}
    broken = False

    def __init__(self, location):
        self.location = location

    def save(self, content):
        if self.broken:
            raise RuntimeError("hush")
        self.content[self.location] = content
        Path(self.location).touch()

    def load(self):
        if self.broken:
            raise RuntimeError("hush")
        if self.location not in self.content:
            raise PersistenceNotFound
        return self.content[self.location]


@pytest.fixture
def keyring(monkeypatch):
    monkeypatch.setattr(msal_extensions, "build_encrypted_persistence", Keyring)
    monkeypatch.setattr(Keyring, "content", {})
    return Keyring


def test_the_second_run_uses_the_encrypted_token_and_the_file_is_empty(
    make_provider, ask, keyring, path, warnings
):
    path.touch(0o600)
    path.write_bytes(b"{}")  # of an earlier run, without encryption
    assert ask(make_provider(token_cache=path)) == ask(make_provider(token_cache=path))
    assert warnings() == []
    assert path.read_bytes() == b""
    assert keyring.content


def test_encryption_that_fails_is_reported_and_does_not_end_the_sign_in(
    make_provider, keyring, path, warnings, monkeypatch
):
    make_provider(token_cache=path).get_access_token_sync()
    monkeypatch.setattr(keyring, "broken", True)
    assert make_provider(token_cache=path).get_access_token_sync()
    assert warnings() == [
        f"The token cache {path} {problem} (RuntimeError)"
        for problem in (
            "is not used: it could not be decrypted",
            "can't be written: the platform could not encrypt it",
        )
    ]


@pytest.mark.usefixtures("keyring")
def test_forgotten_tokens_are_neither_in_the_file_nor_in_the_keyring(
    authority, make_provider, path
):
    make_provider(token_cache=path).get_access_token_sync()
    forget_tokens(path)
    assert not path.exists()
    make_provider(token_cache=path).get_access_token_sync()
    assert authority.requests.count("devicecode") == 2


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms always have a keyring")
def test_a_platform_without_encryption_is_reported_and_the_file_is_private(
    make_provider, ask, path, warnings, monkeypatch
):
    monkeypatch.setitem(sys.modules, "gi", None)  # what libsecret is reached by
    ask(make_provider(token_cache=path))
    assert path.stat().st_mode & 0o777 == 0o600
    (warning,) = warnings()
    assert warning == (
        f"The platform offers no encryption here (ImportError): the token cache {path} is a plain "
        "file that only you can read"
    )
