"""The file that keeps a sign-in for the next run: private, whole, shared by processes."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from typing import ClassVar

import msal_extensions
import pytest
from msal_extensions.persistence import BasePersistence, PersistenceNotFound

from liminal.auth import _private_file
from liminal.auth.microsoft._cache import token_cache

# Adds entries to a cache that another process adds to at the same time.
ADD = """
import sys
from liminal.auth.microsoft._cache import token_cache
cache = token_cache(sys.argv[1])
for number in range(25):
    cache.add({
        "client_id": f"{sys.argv[2]}-{number}",
        "environment": "localhost",
        "scope": ["scope"],
        "token_endpoint": "https://localhost/tenant/token",
        "response": {"access_token": "token", "refresh_token": "token", "expires_in": 3600},
    })
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def plain(monkeypatch):
    """As where msal-extensions is not installed."""
    monkeypatch.setitem(sys.modules, "msal_extensions", None)


@pytest.fixture
def warnings(caplog):
    """What was logged as a warning on the logger ``liminal``."""

    def warnings():
        return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]

    return warnings


@pytest.fixture
def stored(plain, authority, make_provider, path):
    """A cache file with one person's sign-in, and a token that needs renewal."""
    authority.token_lifetime = 60
    make_provider(token_cache=path).get_access_token_sync()
    authority.reset_requests()
    return path


def asked_for_a_code(authority):
    return "devicecode" in authority.requests


@pytest.mark.usefixtures("plain")
def test_the_second_run_asks_nothing(authority, make_provider, ask, path, warnings):
    assert ask(make_provider(token_cache=path)) == ask(make_provider(token_cache=path))
    assert authority.requests.count("devicecode") == 1
    assert warnings() == []


def test_the_second_run_renews_by_the_stored_refresh_token(authority, make_provider, ask, stored):
    assert authority.is_valid(ask(make_provider(token_cache=stored)))
    assert not asked_for_a_code(authority)


def test_a_rotated_refresh_token_is_stored(authority, make_provider, ask, stored):
    for _ in range(3):
        assert authority.is_valid(ask(make_provider(token_cache=stored)))
    assert not asked_for_a_code(authority)


def test_what_another_process_renewed_serves_this_one(authority, make_provider, ask, stored):
    one, other = make_provider(token_cache=stored), make_provider(token_cache=stored)
    for provider in (one, other, one, other):
        assert authority.is_valid(ask(provider))
    assert not asked_for_a_code(authority)


def test_the_file_is_for_its_owner_alone(stored):
    assert stored.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("plain")
def test_a_home_that_is_not_there_yet_is_made(make_provider, ask, tmp_path):
    ask(make_provider(token_cache=tmp_path / "new" / "cache"))
    assert (tmp_path / "new" / "cache").exists()


@pytest.mark.parametrize("mode", [0o644, 0o620])
def test_a_file_that_is_open_to_others_is_reported_and_not_used(
    authority, make_provider, stored, warnings, mode
):
    stored.chmod(mode)
    make_provider(token_cache=stored).get_access_token_sync()
    assert asked_for_a_code(authority)
    (warning,) = warnings()
    assert warning.startswith(
        f"The token cache {stored} is not used: other users can read or write it"
    )


def test_a_file_that_is_open_to_others_is_replaced_by_a_private_one(make_provider, ask, stored):
    stored.chmod(0o644)
    ask(make_provider(token_cache=stored))
    assert stored.stat().st_mode & 0o777 == 0o600


DAMAGED = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"null",
    b'{"AccessToken": 1}',
    b'{"AccessToken": {"a": 1}}',
    b'{"AccessToken": {"a": {}}}',
    b'{"AccessToken": {"a": {"secret": "", "home_account_id": "", "environment": ""}}}',
    b'{"RefreshToken": {"a": {"secret": ""}}}',
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_reported_and_not_used(
    authority, make_provider, stored, warnings, content
):
    stored.write_bytes(content)
    assert authority.is_valid(make_provider(token_cache=stored).get_access_token_sync())
    assert asked_for_a_code(authority)
    assert warnings() == [f"The token cache {stored} is not used: it is damaged"]


def test_a_file_that_was_cut_anywhere_is_never_trusted_nor_fatal(make_provider, stored):
    whole = stored.read_bytes()
    for length in range(0, len(whole), 97):
        stored.write_bytes(whole[:length])
        assert list(token_cache(stored).search("RefreshToken")) == []


def test_a_damaged_file_is_replaced_at_the_next_sign_in(make_provider, ask, stored):
    stored.write_bytes(b"{")
    ask(make_provider(token_cache=stored))
    assert json.loads(stored.read_bytes())["RefreshToken"]


@pytest.mark.usefixtures("plain")
def test_a_file_that_cannot_be_written_does_not_end_the_sign_in(
    authority, make_provider, ask, tmp_path, warnings
):
    (tmp_path / "file").touch()
    provider = make_provider(token_cache=tmp_path / "file" / "cache")
    assert authority.is_valid(ask(provider))
    assert ask(provider)
    assert authority.requests.count("devicecode") == 1
    assert "is not used: File exists" in warnings()[0]


@pytest.mark.usefixtures("plain")
def test_a_full_disk_does_not_end_the_sign_in(
    authority, make_provider, path, warnings, monkeypatch
):
    def full(_):
        raise OSError(28, "No space left on device")

    provider = make_provider(token_cache=path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert authority.is_valid(provider.get_access_token_sync())
    assert warnings() == [f"The token cache {path} can't be written: No space left on device"]
    assert not path.exists()
    provider.get_access_token_sync()
    assert authority.requests.count("devicecode") == 1


def test_a_lock_that_is_never_given_back_does_not_end_the_sign_in(
    authority, make_provider, stored, warnings, monkeypatch
):
    monkeypatch.setattr(_private_file, "LOCK_PATIENCE", 0.01)
    with _private_file.PrivateFile(stored).locked():
        assert authority.is_valid(make_provider(token_cache=stored).get_access_token_sync())
    assert all("is locked by another process" in text for text in warnings())


@pytest.mark.usefixtures("plain")
def test_two_processes_lose_nothing_of_each_other(path):
    adders = [subprocess.Popen([sys.executable, "-c", ADD, path, name]) for name in ("a", "b")]
    assert [adder.wait() for adder in adders] == [0, 0]
    assert len(json.loads(path.read_bytes())["RefreshToken"]) == 50


@pytest.mark.usefixtures("plain")
def test_a_process_that_is_killed_leaves_a_whole_file(path):
    sizes = set()
    for _ in range(3):
        adder = subprocess.Popen([sys.executable, "-c", ADD, path, str(time.monotonic_ns())])
        while (path.stat().st_size if path.exists() else 0) in sizes | {0}:
            time.sleep(0.001)
        adder.kill()
        adder.wait()
        sizes.add(path.stat().st_size)
        assert json.loads(path.read_bytes())["RefreshToken"]


# Encrypted by the platform


class Safe(BasePersistence):
    """What msal-extensions would give where there is a keyring: the content is not in the file."""

    is_encrypted = True
    content: ClassVar[dict[str, str]] = {}
    broken = False

    def __init__(self, location):
        self.location = location

    def save(self, content):
        if self.broken:
            raise RuntimeError("hush")
        self.content[self.location] = content
        with open(self.location, "a"):  # noqa: PTH123 - as msal-extensions touches its file
            os.utime(self.location)

    def load(self):
        if self.broken:
            raise RuntimeError("hush")
        if self.location not in self.content:
            raise PersistenceNotFound
        return self.content[self.location]

    def time_last_modified(self):
        raise NotImplementedError

    def get_location(self):
        return self.location


@pytest.fixture
def safe(monkeypatch):
    monkeypatch.setattr(msal_extensions, "build_encrypted_persistence", Safe)
    monkeypatch.setattr(Safe, "content", {})
    return Safe


def test_where_the_platform_has_a_safe_nothing_is_in_the_file(make_provider, ask, safe, path):
    ask(make_provider(token_cache=path))
    assert path.read_bytes() == b""
    assert safe.content


def test_the_second_run_opens_the_safe(make_provider, ask, safe, path, warnings):
    assert ask(make_provider(token_cache=path)) == ask(make_provider(token_cache=path))
    assert warnings() == []


def test_a_plain_file_of_an_earlier_run_does_not_stay_beside_the_safe(
    make_provider, ask, stored, monkeypatch, request
):
    monkeypatch.undo()
    request.getfixturevalue("safe")
    ask(make_provider(token_cache=stored))
    assert stored.read_bytes() == b""


def test_a_safe_that_does_not_open_is_reported_and_not_used(
    make_provider, safe, path, warnings, monkeypatch
):
    make_provider(token_cache=path).get_access_token_sync()
    monkeypatch.setattr(safe, "broken", True)
    assert make_provider(token_cache=path).get_access_token_sync()
    assert warnings() == [
        f"The token cache {path} {problem} (RuntimeError)"
        for problem in (
            "is not used: it could not be decrypted",
            "can't be written: the platform could not encrypt it",
        )
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms always have a safe")
def test_a_platform_without_a_safe_is_reported_and_the_file_is_private(
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
