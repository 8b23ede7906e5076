# Derived from tests/_async/conftest.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Fixtures of the facade's tests: a sandbox, and a client that signs in there at its first call."""

import gc
from collections.abc import Iterator

import pytest

from liminal import SyncClient
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
def client(sandbox: Sandbox) -> Iterator[SyncClient]:
    with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        yield client
