"""The whole chain with real msal: device code, token, session, expiry, silent renewal."""

from collections.abc import Callable
from typing import Any

import pytest

from liminal import AuthError, Client
from liminal.auth import SessionFile, TokenCredentialProvider
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.sandbox import Sandbox
from tests.support.authority import SIGN_IN

MakeProvider = Callable[..., DeviceCodeFlowProvider]
ASK, RENEW = SIGN_IN[1:], ["token:refresh_token"]


@pytest.fixture
def sandbox(authority):
    """Give a service that trusts an authority whose tokens msal renews each time."""
    authority.token_lifetime = 60
    with Sandbox(accept_provider_token=authority.is_valid) as sandbox:
        sandbox.provider_tokens.clear()
        yield sandbox


def asked(authority):
    """Return what the authority was asked for, except metadata."""
    return [request for request in authority.requests if request != SIGN_IN[0]]


async def test_a_person_signs_in_once_and_calls_renew_silently(authority, sandbox, make_provider):
    prompts: list[object] = []
    provider = make_provider(prompt=prompts.append)
    async with await Client.authenticate_from_auth_provider(sandbox.url, provider) as client:
        assert (sandbox.logins, client.session_id is not None) == (1, True)
        assert asked(authority) == ASK
        calls: list[Callable[[], Any]] = [
            client.llm.get_available_model_instances,
            lambda: client.prompt.submit(1, "hello"),
            lambda: client.prompt.stream(1, "hello").text(),
        ]
        for renewals, call in enumerate(calls, 1):
            sandbox.expire_sessions()
            before = client.session_id
            assert await call()
            assert client.session_id != before
            assert asked(authority) == ASK + RENEW * renewals
            assert sandbox.logins == 1 + renewals
    assert len(prompts) == 1


async def test_a_person_is_asked_again_after_a_revocation(authority, sandbox, make_provider):
    async with await Client.authenticate_from_auth_provider(sandbox.url, make_provider()) as client:
        authority.revoke_tokens()
        sandbox.expire_sessions()
        assert await client.llm.get_available_model_instances()
        assert asked(authority) == [*ASK, *RENEW, *ASK]
        authority.revoke_tokens()
        sandbox.expire_sessions()
        authority.sign_in = "declined"
        with pytest.raises(AuthError, match="The sign-in was declined"):
            await client.llm.get_available_model_instances()


async def test_a_program_with_a_session_file_asks_nobody_again(
    authority, sandbox, make_provider, tmp_path
):
    file = SessionFile(tmp_path / "session")
    for _ in range(2):
        async with Client(sandbox.url, auth=file.load() or make_provider()) as client:
            client.on_session_change(file.save)
            assert await client.llm.get_available_model_instances()
    assert asked(authority) == ASK
    assert sandbox.logins == 1


@pytest.mark.parametrize("wrap", [lambda credential: credential, TokenCredentialProvider])
async def test_a_credential_with_get_token_serves_as_well(sandbox, make_provider, wrap):
    provider = make_provider()

    class Credential:
        def get_token(self, *scopes):
            token = provider.get_access_token_sync()
            return type("AccessToken", (), {"token": token, "expires_on": 0})()

    auth = wrap(Credential())
    async with await Client.authenticate_from_auth_provider(sandbox.url, auth) as client:
        sandbox.expire_sessions()
        assert await client.llm.get_available_model_instances()
    assert sandbox.logins == 2
