"""However and whenever a stream is left or closed, nothing of it stays open on the server's side.

Over connections of our own and over those of a caller's client alike.
"""

import gc
import random
from collections.abc import AsyncIterator
from contextlib import (
    aclosing,  # derive: async-only
    suppress,
)
from functools import partial
from typing import Any

import anyio
import httpx
import pytest

from liminal import AsyncPromptStream, Client, LiminalError, StreamInterruptedError
from liminal.auth import Token
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import ADA, DEAR, STOP, begin, finish, lines, more, waiting
from tests.support.tasks import TaskGroup
from tests.support.tls import NO_TLS

from .clients import leaves_nothing
from .waiting import settle, until

# ---- left early


async def by_a_break(stream: AsyncPromptStream) -> None:
    async for _ in stream:
        break


async def by_an_exception(stream: AsyncPromptStream) -> None:
    with suppress(ZeroDivisionError):
        async for _ in stream:
            raise ZeroDivisionError


async def by_an_exception_within_with(stream: AsyncPromptStream) -> None:
    chunks = aiter(stream)
    with suppress(ZeroDivisionError):
        async with stream:
            await anext(chunks)
            raise ZeroDivisionError


async def by_a_return(stream: AsyncPromptStream) -> str:
    async for first in stream:
        return first.content
    return "nothing"


async def by_dropping_its_iterator(stream: AsyncPromptStream) -> None:
    await anext(aiter(stream))


async def by_dropping_its_iterator_in_a_cycle(stream: AsyncPromptStream) -> None:
    chunks = aiter(stream)
    await anext(chunks)
    cycle: list[object] = [chunks]
    cycle.append(cycle)
    del chunks, cycle
    gc.collect()


async def by_closing_it_twice(stream: AsyncPromptStream) -> None:
    chunks = aiter(stream)
    await anext(chunks)
    await stream.close()
    await stream.close()
    with pytest.raises(StreamInterruptedError):
        await anext(chunks)


async def by_aclosing(stream: AsyncPromptStream) -> None:  # derive: async-only
    async with aclosing(stream):
        await anext(stream)


async def by_closing_a_generator_around_with(stream: AsyncPromptStream) -> None:
    async def words() -> AsyncIterator[str]:
        async with stream:
            async for one in stream:
                yield one.content

    generator = words()
    assert await anext(generator) == "Dear "
    await generator.aclose()


@pytest.mark.parametrize(
    "leave",
    [
        by_a_break,
        by_an_exception,
        by_an_exception_within_with,
        by_a_return,
        by_dropping_its_iterator,
        by_dropping_its_iterator_in_a_cycle,
        by_closing_it_twice,
        by_aclosing,  # derive: async-only
        by_closing_a_generator_around_with,
    ],
)
async def test_a_stream_that_is_left_closes_its_connection(connect, leave):
    async with leaves_nothing(connect, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        await leave(stream)
        with pytest.raises(StreamInterruptedError, match="closed before the answer's end") as lost:
            await stream.text()
        assert (lost.value.partial_text, lost.value.chunks_received) == ("Dear ", 1)


async def test_a_stream_dropped_after_a_step_closes_its_connection(connect):
    async with leaves_nothing(connect, waiting) as client:
        assert (await anext(client.prompt.stream(1, "hello"))).content == "Dear "


# ---- closed by others


@pytest.mark.parametrize("closers", [1, 10])
async def test_a_stream_can_be_closed_while_its_reader_waits(connect, closers):
    async with leaves_nothing(connect, waiting, timeout=1000, deadline=1000) as client:
        stream = client.prompt.stream(1, "hello")
        async with TaskGroup() as tasks:
            reader = tasks.start(stream.text)
            await until(lambda: "2 chunks" in repr(stream))
            closing = [tasks.start(stream.close) for _ in range(closers)]
        assert {closer.error for closer in closing} == {None}
        assert isinstance(reader.error, StreamInterruptedError)
        assert "closed before the answer's end" in str(reader.error)
        assert reader.error.partial_text == "Dear Ada"


async def test_closing_the_client_ends_a_stream_that_nobody_reads(connect):
    async with leaves_nothing(connect, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        await anext(chunks := aiter(stream))
        await client.close()
        await stream.close()
    del chunks


async def in_a_loop(stream):
    async for _ in stream:
        pass


@pytest.mark.parametrize("read", [AsyncPromptStream.text, in_a_loop])
async def test_a_second_reader_is_refused_and_the_first_reads_on(connect, read):
    async with leaves_nothing(connect, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        async with TaskGroup() as tasks:
            reader = tasks.start(stream.text)
            await until(lambda: "2 chunks" in repr(stream))
            with pytest.raises(LiminalError, match="is reading this stream: only one can"):
                await read(stream)
            assert "open" in repr(stream)
            await stream.close()
        assert isinstance(reader.error, StreamInterruptedError)


async def test_a_reader_that_another_has_just_overtaken_loses_no_chunk(connect):
    async with leaves_nothing(connect, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        await anext(stream)
        assert await stream._read_more()  # as after finding no chunk that was ready
        assert (await anext(stream)).content == "Ada"
        await stream.close()


async def test_a_stream_that_is_closed_just_as_it_begins_is_not_sent(connect):
    with FaultServer() as server:
        stream = connect(server).prompt.stream(1, "hello")
        begin = stream._api.begin

        def begin_meanwhile(*request: Any) -> Any:
            stream._closed = True  # all that close() does when it sees no call yet
            return begin(*request)

        stream._api.begin = begin_meanwhile
        with pytest.raises(LiminalError, match="this stream was closed before"):
            await stream.text()
        assert not server.requests


# ---- closed at any moment: while it connects, signs in, opens, waits, is read or drained


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
