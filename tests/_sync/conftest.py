# Derived from tests/_async/conftest.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Fixtures of the facade's tests: a sandbox, and a client that signs in there at its first call."""

import gc
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from liminal import CallReport, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests.faults.server import FaultServer
from tests.support.tls import NO_TLS

from .clients import Connect, client_of
from .session_service import Service
from .waiting import settle


@pytest.fixture(scope="session", autouse=True)
def _quick_collection() -> None:
    """Have the garbage collector examine only what the tests leave behind."""
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


@pytest.fixture
def reports(client: SyncClient) -> Iterator[list[CallReport]]:
    """Return the reports of a client after its sign-in."""
    client.llm.get_available_model_instances()
    reports: list[CallReport] = []
    unsubscribe = client.on_call(reports.append)
    yield reports
    unsubscribe()


@pytest.fixture(params=[False, True], ids=["own", "user's"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Create clients with their own connections or a caller's client, and check for leaks."""
    with ExitStack() as stack:
        user_client = None
        if request.param:
            user_client = stack.enter_context(httpx.Client(verify=NO_TLS, trust_env=False))

        def connect(server: FaultServer, **options: Any) -> SyncClient:
            return client_of(server, httpx_client=user_client, **options)

        yield connect
        settle()


@pytest.fixture
def service() -> Service:
    """Return a service in memory, whose answers and their timing a test controls."""
    return Service()
