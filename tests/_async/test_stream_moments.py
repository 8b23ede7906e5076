"""Streams closed at any moment: while they connect, sign in, open, wait, read or drain.

The moments are random; a test's number is their seed.
"""

import random
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


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pool", ["own", "user's"])
async def test_a_stream_closed_at_any_moment_leaves_nothing(seed, pool):
    moments = random.Random(seed)
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as user_client:
        with FaultServer(partial(any_server, moments)) as server:
            httpx_client = user_client if pool == "user's" else None
            client = Client(server.url, auth=Token("a-token"), httpx_client=httpx_client)
            async with TaskGroup() as tasks:
                readers = [tasks.start(partial(read_and_close, client, moments)) for _ in range(4)]
            assert [reader.error for reader in readers] == [None] * 4
            await client.close()
            await user_client.aclose()
            await until(lambda: server.connections == 0)
    await settle()
