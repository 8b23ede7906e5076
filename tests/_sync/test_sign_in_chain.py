# Derived from tests/_async/test_sign_in_chain.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The whole chain with real msal: device code, token, session, expiry, silent renewal."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from liminal import AuthError, SyncClient
from liminal.auth import SessionFile, TokenCredentialProvider
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider, SignInPrompt
from liminal.sandbox import Sandbox
from liminal.sandbox.authority import Authority
from tests.support.tasks import ThreadGroup

ASKED = ["devicecode", "token:device_code"]


@pytest.fixture(scope="module")
def one_authority() -> Iterator[Authority]:
    with Authority() as authority:
        yield authority


@pytest.fixture
def authority(one_authority: Authority) -> Authority:
    """Give an authority whose tokens msal renews each time: they have less than five minutes."""
    one_authority.reset()
    one_authority.sign_in = "approved"
    one_authority.token_lifetime = 60.0
    return one_authority


@pytest.fixture
def sandbox(authority: Authority) -> Iterator[Sandbox]:
    """Give a service that trusts the authority, and no environment token."""
    with Sandbox(accept_provider_token=authority.is_valid) as sandbox:
        sandbox.provider_tokens.clear()
        yield sandbox


@pytest.fixture
def make_provider(authority: Authority) -> Callable[..., DeviceCodeFlowProvider]:
    def make(**options: Any) -> DeviceCodeFlowProvider:
        return DeviceCodeFlowProvider(
            authority.tenant_id,
            "client",
            authority=authority.url,
            verify=authority.ca_file,
            **{"prompt": str, **options},
        )

    return make


def asked(authority: Authority) -> list[str]:
    """What the authority was asked for, metadata aside, grants by their short names."""
    requests = [request for request in authority.requests if request != "openid-configuration"]
    return [request.replace("urn:ietf:params:oauth:grant-type:", "") for request in requests]


def test_a_person_signs_in_once_and_the_session_is_renewed_silently_from_then_on(
    authority: Authority, sandbox: Sandbox, make_provider: Callable[..., DeviceCodeFlowProvider]
) -> None:
    prompts: list[SignInPrompt] = []
    provider = make_provider(prompt=prompts.append)
    with SyncClient.authenticate_from_auth_provider(sandbox.url, provider) as client:
        assert client.llm.get_available_model_instances()
        assert asked(authority) == ASKED
        for renewals in (1, 2, 3):
            sandbox.expire_sessions()
            before = client.session_id
            assert client.llm.get_available_model_instances()
            assert client.session_id != before
            assert asked(authority) == ASKED + ["token:refresh_token"] * renewals
            assert sandbox.logins == 1 + renewals
    assert len(prompts) == 1


def test_many_calls_on_the_ended_session_cost_one_silent_renewal(
    authority: Authority, sandbox: Sandbox, make_provider: Callable[..., DeviceCodeFlowProvider]
) -> None:
    with SyncClient.authenticate_from_auth_provider(sandbox.url, make_provider()) as client:
        sandbox.expire_sessions()
        with ThreadGroup() as tasks:
            calls = [tasks.start(client.llm.get_available_model_instances) for _ in range(50)]
        assert [call.error for call in calls] == [None] * 50
    assert asked(authority) == [*ASKED, "token:refresh_token"]
    assert sandbox.logins == 2


def test_streams_and_submits_ride_on_it_too(
    sandbox: Sandbox, make_provider: Callable[..., DeviceCodeFlowProvider]
) -> None:
    with SyncClient.authenticate_from_auth_provider(sandbox.url, make_provider()) as client:
        sandbox.expire_sessions()
        assert client.prompt.stream(1, "hello").text()
        sandbox.expire_sessions()
        assert client.prompt.submit(1, "bye").input_text == "bye"
    assert (sandbox.logins, sandbox.submits) == (3, 2)


def test_when_the_refresh_token_is_revoked_the_person_is_asked_again(
    authority: Authority, sandbox: Sandbox, make_provider: Callable[..., DeviceCodeFlowProvider]
) -> None:
    prompts: list[SignInPrompt] = []
    provider = make_provider(prompt=prompts.append)
    with SyncClient.authenticate_from_auth_provider(sandbox.url, provider) as client:
        authority.revoke_tokens()
        sandbox.expire_sessions()
        assert client.llm.get_available_model_instances()
    assert len(prompts) == 2


def test_a_service_that_can_t_prompt_gets_an_auth_error_then(
    authority: Authority,
    sandbox: Sandbox,
    make_provider: Callable[..., DeviceCodeFlowProvider],
    tmp_path: Path,
) -> None:
    cache = tmp_path / "cache"
    with SyncClient.authenticate_from_auth_provider(sandbox.url, make_provider(token_cache=cache)):
        pass
    service = make_provider(token_cache=cache, interactive=False)
    with SyncClient.authenticate_from_auth_provider(sandbox.url, service) as client:
        authority.revoke_tokens()
        sandbox.expire_sessions()
        with pytest.raises(AuthError, match="sign"):
            client.llm.get_available_model_instances()
    assert asked(authority).count("devicecode") == 1


def test_a_declined_sign_in_is_the_call_s_error(
    authority: Authority, sandbox: Sandbox, make_provider: Callable[..., DeviceCodeFlowProvider]
) -> None:
    authority.sign_in = "declined"
    with pytest.raises(AuthError, match="declined"):
        SyncClient.authenticate_from_auth_provider(sandbox.url, make_provider())
    assert sandbox.requests == []


def test_a_token_that_the_service_does_not_know_is_an_auth_error(
    authority: Authority, make_provider: Callable[..., DeviceCodeFlowProvider]
) -> None:
    with Sandbox() as another_s, pytest.raises(AuthError, match="refused the login") as caught:
        SyncClient.authenticate_from_auth_provider(another_s.url, make_provider())
    assert caught.value.status_code == 401


def test_the_second_run_of_a_script_with_a_token_cache_asks_nothing(
    authority: Authority,
    sandbox: Sandbox,
    make_provider: Callable[..., DeviceCodeFlowProvider],
    tmp_path: Path,
) -> None:
    for _ in range(2):
        provider = make_provider(token_cache=tmp_path / "cache")
        with SyncClient.authenticate_from_auth_provider(sandbox.url, provider) as client:
            assert client.llm.get_available_model_instances()
    assert asked(authority) == [*ASKED, "token:refresh_token"]


def test_the_second_run_of_a_script_with_a_session_file_asks_nobody_at_all(
    authority: Authority,
    sandbox: Sandbox,
    make_provider: Callable[..., DeviceCodeFlowProvider],
    tmp_path: Path,
) -> None:
    file = SessionFile(tmp_path / "session")
    for _ in range(3):
        with SyncClient(sandbox.url, auth=file.load() or make_provider()) as client:
            client.on_session_change(file.save)
            for _ in range(3):
                assert client.llm.get_available_model_instances()
    assert asked(authority) == ASKED
    assert sandbox.logins == 1


def test_a_credential_with_get_token_is_as_good(
    authority: Authority, sandbox: Sandbox, make_provider: Callable[..., DeviceCodeFlowProvider]
) -> None:
    provider = make_provider()

    class Credential:
        """As azure-identity's are made."""

        def get_token(self, *scopes: str, **_: Any) -> Any:
            token = provider.get_access_token_sync()
            return type("AccessToken", (), {"token": token, "expires_on": 0})()

    for auth in (Credential(), TokenCredentialProvider(Credential(), "api://liminal/.default")):
        with SyncClient.authenticate_from_auth_provider(sandbox.url, auth) as client:
            sandbox.expire_sessions()
            assert client.llm.get_available_model_instances()
    assert sandbox.logins == 4


def test_no_secret_of_the_chain_is_logged_but_the_prompt(
    authority: Authority,
    sandbox: Sandbox,
    make_provider: Callable[..., DeviceCodeFlowProvider],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        provider = make_provider(prompt=None)
        with SyncClient.authenticate_from_auth_provider(sandbox.url, provider) as client:
            told: list[str] = []
            client.on_session_change(told.append)
            sandbox.expire_sessions()
            assert client.llm.get_available_model_instances()
    ours = "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("liminal")
    )
    assert "enter the code" in ours
    everything = "".join(record.getMessage() + repr(record.args) for record in caplog.records)
    secrets = [*told, *authority.issued_tokens]
    assert len(secrets) >= 3
    assert [secret for secret in secrets if secret in everything] == []
