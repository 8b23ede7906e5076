"""The whole way: device code, provider's token, session, expiry, silent renewal, new session."""

from __future__ import annotations

import anyio
import pytest

from liminal import Client, SyncClient
from liminal.errors import AuthError
from liminal.sandbox import Sandbox

SIGN_IN = ["openid-configuration", "devicecode", "token:device_code"]


@pytest.fixture
def sandbox(authority):
    authority.token_lifetime = 60  # msal renews such a token whenever it is asked for one
    with Sandbox(accept_provider_token=authority.is_valid) as sandbox:
        yield sandbox


@pytest.fixture(params=["blocking", "asyncio", "trio"])
def sessions(request, sandbox, make_provider):
    """Sign in, call, let something happen, call again; return both session ids."""

    def blocking(happens, **options):
        provider = make_provider(**options)
        with SyncClient.authenticate_from_auth_provider(sandbox.url, provider) as client:
            client.llm.get_available_model_instances()
            first = client.session_id
            happens()
            client.llm.get_available_model_instances()
            return first, client.session_id

    async def in_loop(happens, **options):
        provider = make_provider(**options)
        async with await Client.authenticate_from_auth_provider(sandbox.url, provider) as client:
            await client.llm.get_available_model_instances()
            first = client.session_id
            happens()
            await client.llm.get_available_model_instances()
            return first, client.session_id

    if request.param == "blocking":
        return blocking
    return lambda happens, **options: anyio.run(
        lambda: in_loop(happens, **options), backend=request.param
    )


def test_an_expired_session_is_renewed_without_asking_the_person(authority, sandbox, sessions):
    first, second = sessions(sandbox.expire_sessions)
    assert first != second
    assert authority.requests == [*SIGN_IN, "token:refresh_token"]


def test_a_person_is_asked_again_when_nothing_can_be_renewed(authority, sandbox, sessions):
    def happens():
        authority.revoke_tokens()
        sandbox.expire_sessions()

    first, second = sessions(happens)
    assert first != second
    assert authority.requests.count("devicecode") == 2


def test_a_person_who_declines_ends_the_call(authority, sandbox, sessions):
    def happens():
        authority.revoke_tokens()
        authority.sign_in = "declined"
        sandbox.expire_sessions()

    with pytest.raises(AuthError, match="The sign-in was declined"):
        sessions(happens)


def test_a_person_may_take_longer_than_the_deadline(authority, sandbox, make_provider):
    authority.sign_in = "pending"

    def prompt(_):
        anyio.run(anyio.sleep, 0.3)
        authority.sign_in = "approved"

    with SyncClient(sandbox.url, auth=make_provider(prompt=prompt), deadline=0.25) as client:
        assert client.llm.get_available_model_instances()
