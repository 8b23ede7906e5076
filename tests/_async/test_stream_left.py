"""However a stream is left or closed before its end, nothing of it stays open on the server's side.

Over connections of our own and over those of a caller's client alike.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import aclosing  # derive: async-only
from typing import Any

import pytest

from liminal import Client, LiminalError, StreamInterruptedError
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import DEAR, STOP, lines, streaming, waiting
from tests.support.tasks import TaskGroup

from .clients import Connect, client_of, leaves_nothing
from .waiting import settle, until

pytestmark = pytest.mark.anyio


# ---- left early


async def test_a_break_closes_the_connection(connect: Connect) -> None:
    async with leaves_nothing(connect, waiting) as client:
        async for _ in client.prompt.stream(1, "hello"):
            break


async def test_a_break_within_with_closes_the_connection(connect: Connect) -> None:
    async with (
        leaves_nothing(connect, waiting) as client,
        client.prompt.stream(1, "hello") as stream,
    ):
        async for _ in stream:
            break


async def test_an_exception_in_the_loop_closes_the_connection(connect: Connect) -> None:
    async with leaves_nothing(connect, waiting) as client:

        async def fail() -> None:
            async for _ in client.prompt.stream(1, "hello"):
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()


async def test_an_exception_within_with_closes_the_connection(connect: Connect) -> None:
    async with leaves_nothing(connect, waiting) as client:

        async def fail() -> None:
            async with client.prompt.stream(1, "hello") as stream:
                async for _ in stream:
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()


async def test_a_return_from_the_loop_closes_the_connection(connect: Connect) -> None:
    async def first(client: Client) -> str:
        async for first in client.prompt.stream(1, "hello"):
            return first.content
        return "nothing"

    async with leaves_nothing(connect, waiting) as client:
        assert await first(client) == "Dear "


async def test_a_dropped_iterator_closes_the_connection(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        chunks = aiter(stream)
        await anext(chunks)
        del chunks
        await until(lambda: server.connections == 0)
        with pytest.raises(StreamInterruptedError):
            await stream.text()
        await client.close()


async def test_an_iterator_dropped_in_a_cycle_closes_the_connection(connect: Connect) -> None:
    async with leaves_nothing(connect, waiting) as client:
        cycle: list[object] = []
        chunks = aiter(client.prompt.stream(1, "hello"))
        await anext(chunks)
        cycle += [chunks, cycle]
        del chunks, cycle
        gc.collect()


async def test_a_stream_dropped_after_a_step_closes_the_connection(connect: Connect) -> None:
    async with leaves_nothing(connect, waiting) as client:
        assert (await anext(client.prompt.stream(1, "hello"))).content == "Dear "


async def test_aclosing_closes_the_connection(connect: Connect) -> None:  # derive: async-only
    async with (
        leaves_nothing(connect, waiting) as client,
        aclosing(client.prompt.stream(1, "hello")) as stream,
    ):
        assert (await anext(stream)).content == "Dear "


async def test_steps_of_a_stream_and_its_iterators_follow_each_other(connect: Connect) -> None:
    with FaultServer(streaming(lines(DEAR, DEAR, STOP))) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        first = await anext(stream)
        rest = [chunk async for chunk in stream]
        assert [one.content for one in (first, *rest)] == ["Dear ", "Dear ", ""]
        assert await anext(stream, None) is None
        assert await stream.text() == "Dear Dear "
        await client.close()


async def test_an_unread_iterator_leaves_the_stream_as_it_is(connect: Connect) -> None:
    with FaultServer(streaming(lines(DEAR, STOP))) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        aiter(stream)
        assert await stream.text() == "Dear "
        await client.close()


async def test_a_generator_around_a_stream_may_be_closed_early(connect: Connect) -> None:
    async def words(client: Client) -> AsyncIterator[str]:
        async for one in client.prompt.stream(1, "hello"):
            yield one.content

    async with leaves_nothing(connect, waiting) as client:
        generator = words(client)
        assert await anext(generator) == "Dear "
        await generator.aclose()  # type: ignore[attr-defined]


async def test_a_generator_around_with_may_be_closed_early(connect: Connect) -> None:
    async def words(client: Client) -> AsyncIterator[str]:
        async with client.prompt.stream(1, "hello") as stream:
            async for one in stream:
                yield one.content

    async with leaves_nothing(connect, waiting) as client:
        generator = words(client)
        assert await anext(generator) == "Dear "
        await generator.aclose()  # type: ignore[attr-defined]


# ---- closed


async def test_close_closes_the_connection_of_an_unfinished_answer(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        chunks = aiter(stream)
        await anext(chunks)
        await stream.close()
        await until(lambda: server.connections == 0)
        with pytest.raises(StreamInterruptedError):
            await anext(chunks)
        await client.close()


async def test_to_close_twice_is_no_harm(connect: Connect) -> None:
    async with (
        leaves_nothing(connect, waiting) as client,
        client.prompt.stream(1, "hello") as stream,
    ):
        async for _ in stream:
            await stream.close()
            await stream.close()
            break


async def test_to_close_the_client_ends_its_streams(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        chunks = aiter(stream)
        assert (await anext(chunks)).content == "Dear "
        await client.close()
        await stream.close()
        await until(lambda: server.connections == 0)


async def test_another_may_close_a_stream_whose_reader_waits(connect: Connect) -> None:
    async with leaves_nothing(connect, waiting, timeout=1000, deadline=1000) as client:
        stream = client.prompt.stream(1, "hello")
        async with TaskGroup() as tasks:
            reader = tasks.start(stream.text)
            await until(lambda: "2 chunks" in repr(stream))
            await stream.close()
        assert isinstance(reader.error, StreamInterruptedError)
        assert "closed before the answer's end" in str(reader.error)
        assert (reader.error.partial_text, reader.error.chunks_received) == ("Dear Ada", 2)


async def test_another_may_close_a_stream_that_is_being_opened() -> None:
    """The model may think for long before its answer begins."""
    with FaultServer(Exchange.wait_for_hangup) as server:
        client = client_of(server, timeout=1000, deadline=1000)
        stream = client.prompt.stream(1, "hello")
        async with TaskGroup() as tasks:
            reader = tasks.start(stream.text)
            await until(lambda: server.calls)
            await stream.close()
        assert isinstance(reader.error, StreamInterruptedError)
        assert "closed before the answer's end" in str(reader.error)
        await until(lambda: server.connections == 0)
        assert len(server.calls) == 1
        await client.close()
    await settle()


async def test_another_may_close_the_client_of_a_stream_whose_reader_waits() -> None:
    with FaultServer(waiting) as server:
        client = client_of(server, timeout=1000, deadline=1000)
        stream = client.prompt.stream(1, "hello")
        async with TaskGroup() as tasks:
            reader = tasks.start(stream.text)
            await until(lambda: "2 chunks" in repr(stream))
            await client.close()
        assert isinstance(reader.error, StreamInterruptedError)
        await until(lambda: server.connections == 0)
    await settle()


async def test_many_may_close_a_stream_at_a_time(connect: Connect) -> None:
    async with leaves_nothing(connect, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        async with TaskGroup() as tasks:
            reader = tasks.start(stream.text)
            await until(lambda: "2 chunks" in repr(stream))
            closers = [tasks.start(stream.close) for _ in range(10)]
        assert isinstance(reader.error, StreamInterruptedError)
        assert [closer.error for closer in closers] == [None] * 10


async def test_only_one_may_read_at_a_time(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        async with TaskGroup() as tasks:
            reader = tasks.start(stream.text)
            await until(lambda: "2 chunks" in repr(stream))
            with pytest.raises(LiminalError, match="is reading this stream: only one can"):
                await stream.text()
            await stream.close()
        assert isinstance(reader.error, StreamInterruptedError)
        assert len(server.calls) == 1
        await client.close()


async def test_a_stream_that_is_closed_just_as_it_begins_is_not_sent(connect: Connect) -> None:
    with FaultServer() as server:
        stream = connect(server).prompt.stream(1, "hello")
        begin = stream._api.begin

        def begin_meanwhile(*request: Any) -> Any:
            stream._closed = True  # all that close() does when it sees no call yet
            return begin(*request)

        stream._api.begin = begin_meanwhile  # type: ignore[method-assign]
        with pytest.raises(LiminalError, match="this stream was closed before"):
            await stream.text()
        assert not server.requests
