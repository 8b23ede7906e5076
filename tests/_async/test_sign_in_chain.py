"""The whole chain with real msal: device code, token, session, expiry, silent renewal."""

from collections.abc import Callable
from typing import Any

import pytest

from liminal import APITimeoutError, AuthError, Client, LiminalError
from liminal.auth import SessionFile, TokenCredentialProvider
from liminal.auth._private_file import PrivateFile
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.sandbox import Sandbox
from tests.support.authority import SIGN_IN
from tests.support.tasks import TaskGroup

from .waiting import until

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


async def test_the_deadline_ends_a_wait_for_another_process_that_renews(
    sandbox, make_provider, tmp_path
):
    path = tmp_path / "cache"
    make_provider(token_cache=path).get_access_token_sync()
    provider = make_provider(token_cache=path, interactive=False)
    with PrivateFile(f"{path}.renewal").locked():
        async with Client(sandbox.url, auth=provider, deadline=0.2) as client:
            with pytest.raises(APITimeoutError, match=r"deadline of 0\.2 seconds"):
                await client.thread.get_available()


async def test_the_deadline_ends_a_renewal_that_is_not_answered(
    authority, sandbox, make_provider, tmp_path
):
    path = tmp_path / "cache"
    make_provider(token_cache=path).get_access_token_sync()
    authority.delay = 60
    provider = make_provider(token_cache=path, interactive=False)
    async with Client(sandbox.url, auth=provider, deadline=0.2) as client:
        with pytest.raises(APITimeoutError, match=r"deadline of 0\.2 seconds"):
            await client.thread.get_available()


async def test_close_ends_a_sign_in_that_waits_for_a_person(authority, sandbox, make_provider):
    authority.sign_in, authority.interval = "pending", 60
    client = Client(sandbox.url, auth=make_provider(auth_challenge_timeout=5))
    async with TaskGroup() as tasks:
        call = tasks.start(client.thread.get_available)
        await until(lambda: ASK[-1] in authority.requests)
        await client.close()
    assert isinstance(call.error, LiminalError)
    assert str(call.error) == "this client was closed: make a new one"
