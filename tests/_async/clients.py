"""Clients of servers that a test makes by hand, and a reader of their streams."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from liminal import AsyncPromptStream, Client, LiminalError
from liminal.auth import Token
from tests.faults.server import FaultServer, Step

from .waiting import until

Connect = Callable[..., Client]  # as client_of, on connections that a fixture chooses


def client_of(server: FaultServer, **options: Any) -> Client:
    return Client(server.url, auth=Token("a-token"), **options)


@asynccontextmanager
async def served(
    *steps: Step, connect: Connect = client_of, **options: Any
) -> AsyncIterator[tuple[Client, FaultServer]]:
    """A client, closed at the end, and its server, which takes these steps."""
    with FaultServer(*steps) as server:
        async with connect(server, **options) as client:
            yield client, server


@asynccontextmanager
async def leaves_nothing(connect: Connect, step: Step, **options: Any) -> AsyncIterator[Client]:
    """A client of a server that takes this step; after the block no connection may be open."""
    async with served(step, connect=connect, **options) as (client, server):
        yield client
        await until(lambda: server.connections == 0)


async def read(stream: AsyncPromptStream) -> tuple[list[str], LiminalError | None]:
    """Read to the end; give what each chunk held, and the error that ended it."""
    contents: list[str] = []
    try:
        async for chunk in stream:
            contents += [chunk.content]
    except LiminalError as error:
        return contents, error
    return contents, None
