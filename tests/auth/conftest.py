"""The ways to ask a provider for its token: directly, and as the two clients do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest

from liminal.auth import AuthProvider
from liminal.auth._fetch import fetch_token, fetch_token_sync

Ask = Callable[[AuthProvider], str]
Fetch = Callable[[AuthProvider], Awaitable[str]]


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
    """Fetch a provider's token as each of the two clients does."""
    fetcher: Fetch = request.param
    return fetcher
