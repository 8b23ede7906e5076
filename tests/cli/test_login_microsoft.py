"""``liminal login`` with Microsoft Entra ID."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from liminal.cli import _signin
from liminal.sandbox import Sandbox
from liminal.sandbox.authority import Authority

from .running import liminal


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    with Authority() as authority:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
        yield authority


def test_a_person_signs_in_with_a_code_once(
    server: Sandbox, authority: Authority, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.accept_provider_token = authority.is_valid
    way = ("--tenant-id", authority.tenant_id, "--client-id", "client")
    arguments = ("login", "--server", server.url, *way, "--authority", authority.url)
    ended = liminal(*arguments)
    assert ended.status == 0, ended.err
    assert "enter the code" in ended.err
    assert liminal("models").status == 0
    assert json.loads((settings / "sign-in.json").read_text())["way"] == "device-code"
    url, provider = _signin.server_and_credential()
    assert (url, getattr(provider, "interactive", None)) == (server.url, False)
    # Signing in again asks again, since the user may want another account.
    assert "enter the code" in liminal(*arguments).err
    assert liminal("logout").err == f"Signed out of {server.url}.\n"
    assert not (settings / "token-cache").exists()


def test_errors_of_a_sign_in_with_microsoft_name_no_arguments_of_python(
    server: Sandbox, authority: Authority, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.accept_provider_token = authority.is_valid
    arguments = ("login", "--server", server.url, "--client-id", "client", "--tenant-id")
    way = (*arguments, authority.tenant_id, "--authority", authority.url)
    assert liminal(*way).status == 0
    (settings / "token-cache").unlink()
    again = "; to sign in again, run `liminal login`\n"
    assert liminal("models").err == f"liminal: Nobody is signed in{again}"
    assert liminal(*arguments, "a b").err.startswith("liminal: the tenant ID must be an ID such as")
    monkeypatch.delenv("SSL_CERT_FILE")
    assert f" is not trusted: name its CA file in SSL_CERT_FILE{again}" in liminal(*way).err
    authority.stop()
    assert f" the network, the proxy and the authority{again}" in liminal(*way).err


def test_a_microsoft_sign_in_of_the_environment_can_be_saved(
    server: Sandbox, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.accept_provider_token = authority.is_valid
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", server.url)
    monkeypatch.setenv("LIMINAL_TENANT_ID", f" {authority.tenant_id} ")
    monkeypatch.setenv("LIMINAL_CLIENT_ID", "client")
    assert "enter the code" in liminal("login", "--from-env", "--authority", authority.url).err
    assert _signin.server_and_credential()[0] == server.url
    monkeypatch.delenv("LIMINAL_TENANT_ID")
    monkeypatch.delenv("LIMINAL_CLIENT_ID")
    assert liminal("models").status == 0
