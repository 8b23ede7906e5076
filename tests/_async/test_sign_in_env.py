"""Signing in with what the environment says."""

import pytest

from liminal import AuthError, Client
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.sandbox import Sandbox

from .session_service import URL

pytestmark = pytest.mark.anyio


async def test_a_token_in_the_environment_signs_in_at_the_first_call(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", sandbox.url)
    monkeypatch.setenv("LIMINAL_TOKEN", sandbox.token)
    async with Client.from_env() as client:
        assert sandbox.requests == []
        assert await client.thread.get_available()
    assert sandbox.logins == 1


async def test_a_session_id_in_the_environment_is_the_session(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", sandbox.url)
    monkeypatch.setenv("LIMINAL_SESSION_ID", sandbox.create_session())
    async with Client.from_env() as client:
        assert await client.thread.get_available()
    assert (sandbox.logins, sandbox.renewals) == (0, 0)


async def test_a_tenant_and_a_client_in_the_environment_are_a_device_code_sign_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", URL)
    monkeypatch.setenv("LIMINAL_TENANT_ID", "tenant")
    monkeypatch.setenv("LIMINAL_CLIENT_ID", "client")
    assert isinstance(Client.from_env().api.runner.credential, DeviceCodeFlowProvider)


async def test_it_takes_the_options_of_the_class(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", sandbox.url)
    monkeypatch.setenv("LIMINAL_TOKEN", sandbox.token)
    async with Client.from_env(deadline=7) as client:
        assert client.api.options.deadline == 7


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "LIMINAL_API_SERVER_URL and one of LIMINAL_TOKEN, LIMINAL_SESSION_ID, or"),
        ({"LIMINAL_TOKEN": "secret"}, "Set LIMINAL_API_SERVER_URL in"),
        ({"LIMINAL_API_SERVER_URL": URL}, "Set one of LIMINAL_TOKEN"),
        ({"LIMINAL_API_SERVER_URL": URL, "LIMINAL_TENANT_ID": "secret"}, "Set LIMINAL_CLIENT_ID"),
        (
            {"LIMINAL_API_SERVER_URL": URL, "LIMINAL_TOKEN": "secret", "LIMINAL_SESSION_ID": "x"},
            "LIMINAL_TOKEN and LIMINAL_SESSION_ID are set: keep one",
        ),
    ],
    ids=["all", "url", "way", "half a way", "two ways"],
)
async def test_what_is_missing_is_named_and_nothing_given_is_repeated(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], missing: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AuthError, match=missing) as caught:
        Client.from_env()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["LIMINAL_TOKEN", "LIMINAL_SESSION_ID"])
async def test_a_secret_with_control_characters_is_refused_before_it_is_sent(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", URL)
    monkeypatch.setenv(name, "secret\x01secret")
    with pytest.raises(AuthError, match="not visible ASCII") as caught:
        Client.from_env()
    assert "secret\x01" not in str(caught.value)
