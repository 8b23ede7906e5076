# derive: async-only
"""A stream whose task is cancelled, or whose iterator is dropped where one can't await."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import anyio.to_thread
import pytest

from liminal import AsyncPromptStream, Client, StreamInterruptedError
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import DEAR, STOP, begin, lines, streaming, waiting

from .clients import client_of
from .waiting import settle, until

pytestmark = pytest.mark.anyio

OTHER_LOOP = pytest.mark.parametrize("other", ["asyncio", "trio"])


def patient_client_of(server: FaultServer) -> Client:
    return client_of(server, timeout=1000, deadline=1000)


async def loop(stream: AsyncPromptStream) -> None:
    async for _ in stream:
        pass


async def linger(stream: AsyncPromptStream) -> None:
    async for _ in stream:
        await anyio.sleep_forever()


async def linger_within_with(stream: AsyncPromptStream) -> None:
    async with stream:
        await linger(stream)


@pytest.mark.parametrize(
    ("read", "chunks"),
    [(loop, 2), (AsyncPromptStream.text, 2), (linger, 1), (linger_within_with, 1)],
)
async def test_a_cancelled_reader_closes_the_connection(
    read: Callable[[AsyncPromptStream], Awaitable[object]], chunks: int
) -> None:
    with FaultServer(waiting) as server:
        async with patient_client_of(server) as client:
            stream = client.prompt.stream(1, "hello")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(read, stream)
                await until(lambda: f"{chunks} chunks" in repr(stream))
                tasks.cancel_scope.cancel()
            await until(lambda: server.connections == 0)
            with pytest.raises(StreamInterruptedError) as caught:
                await stream.text()
        assert caught.value.chunks_received == chunks
    await settle()


async def test_a_cancelled_opening_closes_the_connection() -> None:
    with FaultServer(Exchange.wait_for_hangup) as server:
        async with patient_client_of(server) as client:
            stream = client.prompt.stream(1, "hello")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(stream.text)
                await until(lambda: server.calls)
                tasks.cancel_scope.cancel()
            await until(lambda: server.connections == 0)
        assert len(server.calls) == 1
    await settle()


async def test_a_cancelled_close_of_a_whole_answer_closes_the_connection() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, STOP))
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        async with patient_client_of(server) as client:
            stream = client.prompt.stream(1, "hello")
            chunks = aiter(stream)
            assert [(await anext(chunks)).content for _ in range(2)] == ["Dear ", ""]
            with anyio.CancelScope() as scope:
                scope.cancel()
                await stream.close()
            await until(lambda: server.connections == 0)
            assert await stream.text() == "Dear "
    await settle()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_task_cancelled_as_asyncio_does_closes_the_connection() -> None:
    with FaultServer(waiting) as server:
        async with patient_client_of(server) as client:
            stream = client.prompt.stream(1, "hello")
            task = asyncio.create_task(stream.text())
            await until(lambda: "2 chunks" in repr(stream))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: server.connections == 0)
    await settle()


async def test_an_iterator_that_another_thread_collects_closes_the_connection() -> None:
    with FaultServer(waiting) as server:
        async with patient_client_of(server) as client:
            chunks = aiter(client.prompt.stream(1, "hello"))
            await anext(chunks)
            cycle: list[object] = [chunks]
            cycle.append(cycle)
            gc.disable()
            try:
                del chunks, cycle
                await anyio.to_thread.run_sync(gc.collect)
            finally:
                gc.enable()
            await until(lambda: server.connections == 0)
    await settle()


@OTHER_LOOP
async def test_an_iterator_that_outlives_its_loop_is_no_harm(other: str) -> None:
    with FaultServer(waiting) as server:
        client = patient_client_of(server)
        chunks = aiter(client.prompt.stream(1, "hello"))
        await anyio.to_thread.run_sync(partial(anyio.run, partial(anext, chunks), backend=other))
        await until(lambda: server.connections == 0)
        del chunks
        await settle()


@OTHER_LOOP
async def test_a_loop_may_end_right_after_a_break(other: str) -> None:
    async def main() -> None:
        async for _ in client.prompt.stream(1, "hello"):
            break

    with FaultServer(waiting) as server:
        client = patient_client_of(server)
        await anyio.to_thread.run_sync(partial(anyio.run, main, backend=other))
        await until(lambda: server.connections == 0)
        await settle()


async def test_many_tasks_may_be_cancelled_at_a_time() -> None:
    with FaultServer(waiting) as server:
        async with patient_client_of(server) as client, anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(client.prompt.stream(1, "hello").text)
            await until(lambda: len(server.calls) == 20)
            tasks.cancel_scope.cancel()
        await until(lambda: server.connections == 0)
    await settle()


async def test_a_stream_after_a_cancelled_one_is_served() -> None:
    with FaultServer(waiting, streaming(lines(DEAR, STOP))) as server:
        async with patient_client_of(server) as client:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.prompt.stream(1, "hello").text)
                await until(lambda: server.calls)
                tasks.cancel_scope.cancel()
            assert await client.prompt.stream(1, "hello").text() == "Dear "
    await settle()
