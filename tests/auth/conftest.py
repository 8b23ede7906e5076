"""One authority for all tests of signing in, and both ways to ask a provider for its token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import pytest

from liminal.auth import AuthProvider
from liminal.auth._fetch import fetch_token, fetch_token_sync
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.sandbox.authority import Authority

Ask = Callable[[AuthProvider], str]
Fetch = Callable[[AuthProvider], Awaitable[str]]
MakeProvider = Callable[..., DeviceCodeFlowProvider]


@pytest.fixture(scope="package")
def one_authority() -> Iterator[Authority]:
    with Authority() as authority:
        yield authority


@pytest.fixture
def authority(one_authority: Authority) -> Authority:
    """The authority as it is at the start: whoever asks is signed in at once."""
    one_authority.reset()
    one_authority.sign_in = "approved"
    one_authority.interval = 0
    one_authority.code_lifetime = 900.0
    one_authority.token_lifetime = 3600.0
    one_authority.refresh_in = None
    one_authority.person = "11111111-2222-3333-4444-555555555555"
    one_authority.rotate_refresh_tokens = True
    one_authority.delay = 0.0
    return one_authority


@pytest.fixture
def make_provider(authority: Authority) -> MakeProvider:
    """Make a provider for the authority, with nothing to be logged."""

    def make(**options: Any) -> DeviceCodeFlowProvider:
        given = {"authority": authority.url, "verify": authority.ca_file, "prompt": str, **options}
        return DeviceCodeFlowProvider("sandbox-tenant", "client", **given)

    return make


def ask_blocking(provider: AuthProvider) -> str:
    return provider.get_access_token_sync()


def ask_asyncio(provider: AuthProvider) -> str:
    return anyio.run(provider.get_access_token, backend="asyncio")


def ask_trio(provider: AuthProvider) -> str:
    return anyio.run(provider.get_access_token, backend="trio")


@pytest.fixture(params=[ask_blocking, ask_asyncio, ask_trio])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask a provider for its token: blocking, on asyncio, on trio."""
    asker: Ask = request.param
    return asker


@pytest.fixture(params=[ask_asyncio, ask_trio])
def ask_async(request: pytest.FixtureRequest) -> Ask:
    """Ask a provider for its token on each event loop."""
    asker: Ask = request.param
    return asker


async def fetch_blocking(provider: AuthProvider) -> str:
    return fetch_token_sync(provider)


@pytest.fixture(params=[fetch_token, fetch_blocking])
def fetch(request: pytest.FixtureRequest) -> Fetch:
    """Have a provider's token fetched as each of the two clients does."""
    fetcher: Fetch = request.param
    return fetcher
