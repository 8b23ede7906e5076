"""Fixtures of the facade's tests: a sandbox, and a client that signs in there at its first call."""

import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from liminal import Client
from liminal.auth import Token
from liminal.sandbox import Sandbox


@pytest.fixture(scope="session", autouse=True)
def _quick_collection() -> None:
    """Have the garbage collector look at what tests leave, and at nothing older."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(threads=("A thread",)) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[Client]:
    async with Client(sandbox.url, auth=Token(sandbox.token)) as client:
        yield client
