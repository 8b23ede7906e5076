"""Streams closed at any moment: while they connect, sign in, open, wait, read or drain.

The moments are random; a test's number is their seed.
"""

import random
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import httpx
import pytest

from liminal import AsyncPromptStream, Client, LiminalError
from liminal.auth import Token
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import ADA, DEAR, STOP, begin, finish, lines, more
from tests.support.tasks import TaskGroup
from tests.support.tls import NO_TLS

from .waiting import settle, until

pytestmark = pytest.mark.anyio


def any_server(moments: random.Random, exchange: Exchange) -> None:
    """A server that may be slow to begin, to go on, and to end, and may never do so."""
    exchange.wait(moments.choice([0.0, 0.005]))
    begin(exchange, lines(DEAR, ADA))
    if moments.random() < 0.3:
        exchange.wait_for_hangup()
    exchange.wait(moments.choice([0.0, 0.005]))
    more(exchange, lines(STOP))
    exchange.wait(moments.choice([0.0, 0.005, 0.15]))
    finish(exchange)


async def close_after(seconds: float, stream: AsyncPromptStream) -> None:
    await anyio.sleep(seconds)
    await stream.close()


async def read_and_close(client: Client, moments: random.Random) -> None:
    """Read three streams one after another, each closed by others at some moment."""
    for _ in range(3):
        stream = client.prompt.stream(1, "hello")
        async with TaskGroup() as tasks:
            for _ in range(2):
                tasks.start(partial(close_after, moments.random() * 0.03, stream))
            reader = tasks.start(stream.text)
        if reader.error is None:
            assert reader.value == "Dear Ada"
        else:
            assert isinstance(reader.error, LiminalError)
            assert "closed before" in str(reader.error)


async def read_until_cancelled(  # derive: async-only
    client: Client, moments: random.Random
) -> None:
    """Read six streams one after another, each cancelled at some moment."""
    for _ in range(6):
        with anyio.move_on_after(moments.random() * 0.02):
            if moments.random() < 0.5:
                await client.prompt.stream(1, "hello").text()
            else:
                async for _ in client.prompt.stream(1, "hello"):
                    await anyio.sleep(0.005)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pool", ["own", "user's"])
@pytest.mark.parametrize(
    ("read", "readers"),
    [
        pytest.param(read_and_close, 4, id="closed"),
        pytest.param(read_until_cancelled, 1, id="cancelled"),  # derive: async-only
    ],
)
async def test_a_stream_ended_at_any_moment_leaves_nothing(
    seed: int,
    pool: str,
    read: Callable[[Client, random.Random], Awaitable[None]],
    readers: int,
) -> None:
    moments = random.Random(seed)
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as user_client:
        with FaultServer(partial(any_server, moments)) as server:
            httpx_client = user_client if pool == "user's" else None
            client = Client(server.url, auth=Token("a-token"), httpx_client=httpx_client)
            async with TaskGroup() as tasks:
                outcomes = [tasks.start(partial(read, client, moments)) for _ in range(readers)]
            assert [outcome.error for outcome in outcomes] == [None] * readers
            await client.close()
            await user_client.aclose()
            await until(lambda: server.connections == 0)
    await settle()
