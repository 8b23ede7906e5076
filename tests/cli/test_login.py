"""``liminal login`` and ``liminal logout``, and how the other commands find the sign-in."""

from __future__ import annotations

import stat
from pathlib import Path

import keyring
import pytest

from liminal.cli.commands import login as module
from liminal.sandbox import Sandbox

from .conftest import Keyring
from .running import liminal


def sign_in(server: Sandbox, *more: str, stdin: str | None = None) -> None:
    given = server.token if stdin is None else stdin
    ended = liminal("login", "--server", server.url, *more, stdin=f"{given}\n")
    assert (ended.status, ended.out) == (0, ""), ended.err


def signs_in() -> bool:
    return liminal("models").status == 0


def test_a_token_is_kept_in_the_keyring_and_found_by_every_other_command(
    server: Sandbox, safe: Keyring, settings: Path
) -> None:
    assert liminal("models").status == 3
    sign_in(server)
    assert safe.kept == {("liminal", server.url): server.token}
    assert [file.name for file in settings.iterdir() if ".lock" not in file.name] == [
        "sign-in.json"
    ]
    assert server.token not in (settings / "sign-in.json").read_text()
    assert signs_in()


@pytest.mark.parametrize("without", ["--no-keyring", "no keyring"])
def test_without_a_keyring_a_token_is_kept_in_a_private_file(
    server: Sandbox, safe: Keyring, settings: Path, without: str
) -> None:
    safe.is_there = without != "no keyring"
    sign_in(server, *([without] if safe.is_there else []))
    assert safe.kept == {}
    assert (settings / "secret").read_text() == server.token
    assert {stat.S_IMODE(file.stat().st_mode) for file in settings.iterdir()} == {0o600}
    assert stat.S_IMODE(settings.stat().st_mode) == 0o700
    assert signs_in()


def test_a_locked_keyring_counts_as_a_missing_sign_in(server: Sandbox, safe: Keyring) -> None:
    sign_in(server)
    safe.is_there = False
    ended = liminal("models")
    assert (ended.status, ended.err) == (
        3,
        "liminal: The saved token can't be found: run `liminal login`\n",
    )


def test_logout_removes_the_sign_in_with_its_secret(
    server: Sandbox, safe: Keyring, settings: Path
) -> None:
    for more, mode in (([], 0o600), (["--no-keyring"], 0o600), ([], 0o644)):
        sign_in(server, *more)
        (settings / "sign-in.json").chmod(mode)
        ended = liminal("logout")
        assert ended.err == f"Signed out of {server.url}. The token itself stays valid.\n"
        assert safe.kept == {}
        assert [file for file in settings.iterdir() if file.suffix != ".lock"] == []
    assert liminal("logout").err == "You were not signed in\n"


def test_logout_succeeds_without_the_keyring(server: Sandbox, safe: Keyring) -> None:
    sign_in(server)
    safe.kept.clear()
    assert liminal("logout").status == 0


def test_a_new_sign_in_replaces_the_old_one(server: Sandbox, safe: Keyring, settings: Path) -> None:
    sign_in(server)
    sign_in(server, "--no-keyring")
    assert safe.kept == {}
    sign_in(server)
    assert not (settings / "secret").exists()


def test_a_refused_sign_in_is_not_saved(server: Sandbox, safe: Keyring, settings: Path) -> None:
    ended = liminal("login", "--server", server.url, stdin="my-wrong-token")
    assert ended.status == 3
    assert "my-wrong-token" not in ended.err
    assert (safe.kept, settings.exists()) == ({}, False)


def test_at_a_terminal_it_asks_for_server_and_token_and_does_not_show_the_token(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def without_echo(prompt: str) -> str:
        asked.append(prompt)
        return server.token

    monkeypatch.setattr(module, "getpass", without_echo)
    ended = liminal("login", stdin=f"{server.url}\n", terminal="in out err")
    assert ended.err.startswith("API server: ")
    assert server.token not in ended.out + ended.err
    assert asked == ["Token (not shown): "]
    again = liminal("login", stdin="\n", terminal="in out err")
    assert again.err.startswith(f"API server [{server.url}]: ")
    assert again.status == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "Name the API server with --server or in LIMINAL_API_SERVER_URL"),
        (["--server", "http://example.com"], "the server's URL must be https://"),
        (["--server", "https://x.example", "--tenant-id", "t"], "needs both --tenant-id and"),
    ],
)
def test_a_missing_option_is_named(arguments: list[str], problem: str) -> None:
    ended = liminal("login", *arguments, stdin="token")
    assert ended.status == 2
    assert problem in ended.err


def test_an_empty_stdin_is_an_error(server: Sandbox) -> None:
    ended = liminal("login", "--server", server.url)
    assert (ended.status, ended.err) == (2, "liminal: stdin is empty: give the token there\n")


def test_the_server_of_the_last_sign_in_is_the_default(server: Sandbox) -> None:
    sign_in(server)
    assert liminal("login", stdin=server.token).status == 0


def test_a_renewed_session_id_is_saved_at_login(server: Sandbox, safe: Keyring) -> None:
    for more in ([], ["--no-keyring"]):
        sign_in(server, "--session", *more, stdin=server.create_session())
        assert signs_in()
    server.expire_sessions()
    ended = liminal("models")
    assert ended.status == 3
    assert "; to sign in again, run `liminal login`" in ended.err


def test_a_session_that_the_service_renews_is_saved(safe: Keyring, settings: Path) -> None:
    with Sandbox(roll_sessions=True, roll_grace=0) as server:
        sign_in(server, "--session", stdin=server.create_session())
        for _ in range(2):
            before = safe.kept["liminal", server.url]
            assert signs_in()
            assert safe.kept["liminal", server.url] != before
        safe.kept.clear()
        sign_in(server, "--session", "--no-keyring", stdin=server.create_session())
        before = (settings / "secret").read_text()
        assert signs_in()
        assert (settings / "secret").read_text() != before


@pytest.mark.parametrize("variable", ["LIMINAL_TOKEN", "LIMINAL_SESSION_ID"])
def test_the_environment_s_sign_in_can_be_saved_and_takes_precedence(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", server.url)
    value = server.token if variable == "LIMINAL_TOKEN" else server.create_session()
    monkeypatch.setenv(variable, value)
    ended = liminal("login", "--from-env")
    assert ended.status == 0
    assert f"While {variable} is set in the environment, it is used instead." in ended.err
    monkeypatch.setenv(variable, "something-else")
    assert not signs_in()
    monkeypatch.delenv(variable)
    assert signs_in()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--session", "--tenant-id", "t", "--client-id", "c"), "Give either --session or"),
        (("--session", "--from-env"), "Give either --session or"),
        (("--authority", "https://login.microsoftonline.us"), "needs both --tenant-id and"),
    ],
)
def test_options_of_another_kind_of_sign_in_are_refused(
    server: Sandbox, options: tuple[str, ...], problem: str
) -> None:
    ended = liminal("login", "--server", server.url, *options, stdin=server.create_session())
    assert ended.status == 2
    assert problem in ended.err


def test_a_session_is_saved_though_the_environment_names_a_tenant(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMINAL_TENANT_ID", "t")
    named = ("login", "--server", server.url, "--session")
    assert liminal(*named, stdin=server.create_session()).status == 0


def test_the_environment_s_token_can_be_saved_for_another_server(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMINAL_TOKEN", server.token)
    named = ("login", "--server", server.url, "--from-env")
    refused = liminal(*named, "--authority", "https://login.microsoftonline.us")
    assert (refused.status, "--authority is for" in refused.err) == (2, True)
    assert liminal(*named).status == 0
    monkeypatch.delenv("LIMINAL_TOKEN")
    assert signs_in()


def test_a_sign_in_is_not_sent_to_another_server(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(server)
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", f"{server.url}/")
    assert signs_in()
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", "https://elsewhere.example")
    ended = liminal("models")
    assert ended.status == 3
    assert "names another server than" in ended.err


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is damaged: run `liminal login`"),
        ('{"servers": 1}', "is damaged: run `liminal login`"),
        ("\u00e9", "is not used: it is damaged"),
    ],
)
def test_a_damaged_file_is_reported_and_replaced(
    server: Sandbox, settings: Path, content: str, problem: str
) -> None:
    sign_in(server)
    (settings / "sign-in.json").write_text(content, encoding="utf-8")
    ended = liminal("models")
    assert ended.status == 3
    assert problem in ended.err
    assert "sign-in was damaged, and has been removed." in liminal("logout").err
    assert not (settings / "sign-in.json").exists()
    sign_in(server)
    assert signs_in()


def test_a_file_that_others_can_read_is_not_used(server: Sandbox, settings: Path) -> None:
    sign_in(server, "--no-keyring")
    (settings / "secret").chmod(0o644)
    ended = liminal("models")
    assert ended.status == 3
    assert "other users can read or write it" in ended.err


def test_a_folder_that_can_t_be_created_is_reported(server: Sandbox, settings: Path) -> None:
    settings.parent.write_text("a file where the folder should be")
    ended = liminal("login", "--server", server.url, "--no-keyring", stdin=server.token)
    assert (ended.status, ended.err) == (1, f"liminal: {settings / 'secret'}: Not a directory\n")


def test_the_tests_use_their_own_keyring(safe: Keyring) -> None:
    assert keyring.get_keyring() is safe
