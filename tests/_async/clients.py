"""Clients of servers that a test makes by hand."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from liminal import Client
from liminal.auth import Token
from tests.faults.server import FaultServer, Step

from .waiting import until

Connect = Callable[..., Client]  # as client_of, on connections that a fixture chooses


def client_of(server: FaultServer, **options: Any) -> Client:
    return Client(server.url, auth=Token("a-token"), **options)


@asynccontextmanager
async def leaves_nothing(connect: Connect, step: Step, **options: Any) -> AsyncIterator[Client]:
    """A client of a server that takes this step; after the block no connection may be open."""
    with FaultServer(step) as server:
        client = connect(server, **options)
        yield client
        await until(lambda: server.connections == 0)
        await client.close()
