"""The ways to ask a provider for its token: directly, and as the two clients do."""

import anyio
import pytest

from liminal.auth._fetch import fetch_token, fetch_token_sync


@pytest.fixture(params=["blocking", "asyncio", "trio"])
def ask(request):
    """Ask a provider for its token: blocking, on asyncio, on trio."""
    if request.param == "blocking":
        return lambda provider: provider.get_access_token_sync()
    return lambda provider: anyio.run(provider.get_access_token, backend=request.param)


@pytest.fixture(params=["Client", "SyncClient"])
def fetch(request):
    """Fetch a provider's token as each of the two clients does."""

    async def fetch_blocking(provider):
        return fetch_token_sync(provider)

    return fetch_token if request.param == "Client" else fetch_blocking
