"""Credentials with azure-core's get_token, made up and from the real azure-identity."""

import threading
from types import SimpleNamespace

import anyio
import pytest
from anyio import to_thread
from azure.core.pipeline.transport import AsyncioRequestsTransport, TrioRequestsTransport
from azure.identity import ClientSecretCredential
from azure.identity.aio import ClientSecretCredential as AsyncClientSecretCredential

from liminal.auth import TokenCredentialProvider, as_provider
from liminal.auth._fetch import fetch_token, fetch_token_sync, is_interactive
from liminal.errors import LiminalError
from tests.support.errors import refused


class Credential:
    """A blocking credential that records the scopes it was asked for."""

    def __init__(self, answer="token"):
        self.answer = answer

    def get_token(self, *scopes):
        self.scopes = scopes
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer and SimpleNamespace(token=self.answer, expires_on=0)


class AsyncCredential(Credential):
    async def get_token(self, *scopes):
        return super().get_token(*scopes)


class Decorated(AsyncCredential):
    """An asyncio credential whose method doesn't look like a coroutine function."""

    def get_token(self, *scopes):
        return super().get_token(*scopes)


@pytest.mark.parametrize("kind", [Credential, AsyncCredential, Decorated])
@pytest.mark.parametrize(
    ("scopes", "requested"),
    [((), ("https://graph.microsoft.com/.default",)), (("one", "two"), ("one", "two"))],
)
async def test_a_credential_serves_client_with_the_scopes_given(kind, scopes, requested):
    credential = kind()
    assert await fetch_token(TokenCredentialProvider(credential, *scopes)) == "token"
    assert credential.scopes == requested


async def test_syncclient_takes_a_blocking_credential_alone():
    assert fetch_token_sync(as_provider(Credential())) == "token"
    with refused(r"AsyncCredential is an asyncio cred.*azure.identity in"):
        fetch_token_sync(as_provider(AsyncCredential()))


async def test_client_asks_a_blocking_credential_in_a_thread_and_does_not_wait_once_cancelled():
    released, threads = threading.Event(), []

    class Slow(Credential):
        def get_token(self, *scopes):
            threads.append(threading.get_ident())
            released.wait(30)

    with anyio.move_on_after(0.05) as scope:
        await fetch_token(as_provider(Slow()))
    released.set()
    assert scope.cancelled_caught
    assert threads != [threading.get_ident()]


async def test_a_blocking_credential_needs_no_thread_of_the_default_limiter():
    limiter = to_thread.current_default_thread_limiter()
    borrowers = [object() for _ in range(int(limiter.total_tokens))]
    for borrower in borrowers:
        limiter.acquire_on_behalf_of_nowait(borrower)
    try:
        with anyio.fail_after(10):
            assert await fetch_token(as_provider(Credential())) == "token"
    finally:
        for borrower in borrowers:
            limiter.release_on_behalf_of(borrower)


@pytest.mark.parametrize(
    ("answer", "failure"), [(ValueError("hush"), "ValueError"), (None, "AttributeError")]
)
async def test_a_credential_that_returns_no_token_is_an_auth_error_without_payload(
    fetch, answer, failure
):
    message = rf"Credential.get_token\(\) returned no token \({failure}\): call it on its own"
    with refused(message):
        await fetch(as_provider(Credential(answer)))


async def test_an_error_of_this_package_passes_through_a_credential(fetch):
    with refused("mine", LiminalError):
        await fetch(as_provider(Credential(LiminalError("mine"))))


async def test_a_credential_is_interactive_only_if_told_so():
    assert not is_interactive(as_provider(Credential()))
    assert is_interactive(TokenCredentialProvider(Credential(), interactive=True))


# The real azure-identity, at the local authority


@pytest.fixture
def options(authority):
    return {
        "tenant_id": authority.tenant_id,
        "client_id": "client",
        "authority": f"https://{authority.host}",
        "disable_instance_discovery": True,
        "connection_verify": authority.ca_file,
        "retry_total": 0,
    }


async def test_azure_identity_signs_in_with_a_secret(authority, options, fetch):
    with ClientSecretCredential(client_secret="secret", **options) as credential:
        assert authority.is_valid(await fetch(as_provider(credential)))


async def test_azure_identitys_asyncio_credential_signs_in(authority, options, anyio_backend):
    kind = {"asyncio": AsyncioRequestsTransport, "trio": TrioRequestsTransport}[anyio_backend]
    transport = kind(connection_verify=authority.ca_file)
    async with AsyncClientSecretCredential(
        client_secret="secret", transport=transport, **options
    ) as credential:
        assert authority.is_valid(await fetch_token(as_provider(credential)))


async def test_a_refusal_of_azure_identity_is_an_auth_error_without_payload(
    authority, options, fetch
):
    authority.fail_next("token", error="invalid_client", codes=(7000215,), status=401, times=9)
    credential = ClientSecretCredential(client_secret="hush", **options)
    with credential, refused(r"ClientSecretCredential.*Error"):
        await fetch(as_provider(credential))
