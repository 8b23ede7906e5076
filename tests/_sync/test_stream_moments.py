# Derived from tests/_async/test_stream_moments.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Streams closed at any moment: while they connect, sign in, open, wait, read or drain.

The moments are random; a test's number is their seed.
"""

import random
import time
from functools import partial

import httpx
import pytest

from liminal import LiminalError, PromptStream, SyncClient
from liminal.auth import Token
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import ADA, DEAR, STOP, begin, finish, lines, more
from tests.support.tasks import ThreadGroup
from tests.support.tls import NO_TLS

from .waiting import settle, until


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


def close_after(seconds: float, stream: PromptStream) -> None:
    time.sleep(seconds)
    stream.close()


def read_and_close(client: SyncClient, moments: random.Random) -> None:
    """Read three streams one after another, each closed by others at some moment."""
    for _ in range(3):
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
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
def test_a_stream_closed_at_any_moment_leaves_nothing(seed, pool):
    moments = random.Random(seed)
    with httpx.Client(verify=NO_TLS, trust_env=False) as user_client:
        with FaultServer(partial(any_server, moments)) as server:
            httpx_client = user_client if pool == "user's" else None
            client = SyncClient(server.url, auth=Token("a-token"), httpx_client=httpx_client)
            with ThreadGroup() as tasks:
                readers = [tasks.start(partial(read_and_close, client, moments)) for _ in range(4)]
            assert [reader.error for reader in readers] == [None] * 4
            client.close()
            user_client.close()
            until(lambda: server.connections == 0)
    settle()
