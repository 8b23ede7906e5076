"""A sandbox, and conversations in it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from liminal import AsyncConversation, Client, Conversation, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox


@pytest.fixture
def anyio_backend() -> str:
    """Use asyncio only: on trio, some of these packages leave generators open or don't run."""
    return "asyncio"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def liminal(sandbox: Sandbox) -> Iterator[SyncClient]:
    with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        yield client


@pytest.fixture
def conversation(liminal: SyncClient) -> Conversation:
    return liminal.conversation(1)


@pytest.fixture
async def async_conversation(sandbox: Sandbox) -> AsyncIterator[AsyncConversation]:
    async with Client(sandbox.url, auth=Token(sandbox.token)) as client:
        yield client.conversation(1)
