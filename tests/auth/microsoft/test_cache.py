"""The token cache in a private file, which processes may share."""

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import pytest

from liminal.auth import _private_file
from liminal.auth.microsoft import _flow
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
# Renews one sign-in a few times, at the same moments as other processes do.
RENEW = """
import sys
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
url, ca_file, cache = sys.argv[1:]
provider = DeviceCodeFlowProvider(
    "tenant", "client", authority=url, verify=ca_file, token_cache=cache, interactive=False
)
print("ready", flush=True)
input()
for _ in range(3):
    print(provider.get_access_token_sync())
"""


def codes(authority):
    return authority.requests.count("devicecode")


@pytest.mark.usefixtures("plain")
def test_the_second_run_uses_the_stored_token(authority, make_provider, ask, tmp_path, warnings):
    path = tmp_path / "new" / "cache"
    assert ask(make_provider(token_cache=path)) == ask(make_provider(token_cache=path))
    assert codes(authority) == 1
    assert warnings() == []


def test_processes_that_renew_in_turn_use_each_others_refresh_token(
    authority, make_provider, ask, stored
):
    one, other = make_provider(token_cache=stored), make_provider(token_cache=stored)
    for provider in (one, other, one, other, make_provider(token_cache=stored)):
        assert authority.is_valid(ask(provider))
    assert codes(authority) == 0


def test_processes_that_renew_at_the_same_moment_are_all_served(authority, stored):
    authority.delay = 0.1  # all have asked before the first is answered
    command = [sys.executable, "-c", RENEW, authority.url, authority.ca_file, stored]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(2)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 2
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    tokens = [token for process in processes for token in process.communicate()[0].split()]
    assert len(set(tokens)) == 6
    assert all(map(authority.is_valid, tokens))


def test_a_process_that_was_stopped_during_a_renewal_delays_others_but_does_not_block_them(
    authority, make_provider, ask, stored, monkeypatch
):
    monkeypatch.setattr(_flow, "RENEWAL_PATIENCE", 0.1)
    provider = make_provider(token_cache=stored, interactive=False)
    with _private_file.PrivateFile(f"{stored}.renewal").locked():
        assert authority.is_valid(ask(provider))


@pytest.mark.usefixtures("plain")
def test_a_token_that_is_still_valid_is_used_while_another_process_renews(
    authority, make_provider, ask, path
):
    authority.refresh_in = -1
    token = make_provider(token_cache=path).get_access_token_sync()
    provider = make_provider(token_cache=path)
    with _private_file.PrivateFile(f"{path}.renewal").locked():
        assert ask(provider) == token
    assert ask(provider) != token


def test_a_renewal_goes_on_if_its_lock_file_cannot_be_opened(authority, make_provider, ask, stored):
    Path(f"{stored}.renewal.lock").unlink(missing_ok=True)
    Path(f"{stored}.renewal.lock").mkdir()
    assert authority.is_valid(ask(make_provider(token_cache=stored, interactive=False)))


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
# Values of one field that msal takes for granted; None removes the field.
DAMAGED_FIELDS = [
    ("AccessToken", "secret", "null"),
    ("AccessToken", "secret", '""'),
    ("AccessToken", "secret", '"a\\nb"'),
    ("AccessToken", "target", "null"),
    ("Account", "home_account_id", "[]"),
    ("Account", "authority_type", None),
    ("RefreshToken", "last_modification_time", "null"),
    ("RefreshToken", "last_modification_time", '"x"'),
]


def damaged(content, section, field, value):
    sections = json.loads(content)
    (entry,) = sections[section].values()
    del entry[field]
    if value is not None:
        entry[field] = json.loads(value)
    return json.dumps(sections).encode()


@pytest.mark.parametrize("damage", [*DAMAGED, *DAMAGED_FIELDS])
def test_a_damaged_file_is_reported_and_replaced(  # noqa: PLR0917 - fixtures
    authority, make_provider, ask, stored, warnings, damage
):
    whole = isinstance(damage, bytes)
    stored.write_bytes(damage if whole else damaged(stored.read_bytes(), *damage))
    assert authority.is_valid(ask(make_provider(token_cache=stored)))
    assert codes(authority) == 1
    assert warnings() == [f"The token cache {stored} is not used: it is damaged"]
    assert json.loads(stored.read_bytes())["RefreshToken"]
    assert stored.stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_cut_short_holds_no_token(stored):
    whole = stored.read_bytes()
    for length in range(0, len(whole), 97):
        stored.write_bytes(whole[:length])
        assert list(token_cache(stored).search("RefreshToken")) == []


def no_folder(path, stack):
    path.parent.touch()


def full_disk(path, stack):
    failure = OSError(28, "No space left on device")
    stack.enter_context(mock.patch("os.fsync", side_effect=failure))


def locked(path, stack):
    stack.enter_context(mock.patch.object(_private_file, "LOCK_PATIENCE", 0.01))
    stack.enter_context(_private_file.PrivateFile(path).locked())


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("prevent", "problem"),
    [
        (no_folder, "can't be written: File exists"),
        (full_disk, "can't be written: No space left on device"),
        (locked, "can't be written: {path}.lock is locked by another process"),
    ],
)
def test_a_file_that_cannot_be_written_does_not_end_the_sign_in(  # noqa: PLR0917 - fixtures
    authority, make_provider, tmp_path, warnings, prevent, problem
):
    path = tmp_path / "folder" / "cache"
    provider = make_provider(token_cache=path)
    with ExitStack() as stack:
        prevent(path, stack)
        assert authority.is_valid(provider.get_access_token_sync())
        assert provider.get_access_token_sync()
    assert codes(authority) == 1
    assert f"The token cache {path} {problem.format(path=path)}" in warnings()
    assert not path.exists()


def no_lock(path, stack):
    path.with_name("cache.lock").unlink()
    path.with_name("cache.lock").mkdir()


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("prevent", [no_lock, locked])
def test_a_file_that_cannot_be_locked_is_read(  # noqa: PLR0917 - fixtures
    authority, make_provider, ask, path, warnings, prevent
):
    token = make_provider(token_cache=path).get_access_token_sync()
    provider = make_provider(token_cache=path, interactive=False)
    with ExitStack() as stack:
        prevent(path, stack)
        assert ask(provider) == token
    assert warnings() == []


@pytest.mark.usefixtures("plain")
def test_two_processes_keep_each_others_entries(path):
    adders = [subprocess.Popen([sys.executable, "-c", ADD, path, name]) for name in ("a", "b")]
    assert [adder.wait() for adder in adders] == [0, 0]
    assert len(json.loads(path.read_bytes())["RefreshToken"]) == 50
