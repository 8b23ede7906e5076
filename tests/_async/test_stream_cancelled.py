# derive: async-only
"""A stream whose task is cancelled, or whose iterator is dropped where one can't await."""

import asyncio
import gc

import anyio
import anyio.to_thread
import pytest

from liminal import APIConnectionError, Client, StreamInterruptedError
from liminal.auth import Token
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import ADA, DEAR, STOP, begin, lines, streaming

from .waiting import settle, until

pytestmark = pytest.mark.anyio


def waiting(exchange: Exchange) -> None:
    begin(exchange, lines(DEAR, ADA))
    exchange.wait_for_hangup()


def client_of(server: FaultServer) -> Client:
    return Client(server.url, auth=Token("a-token"), timeout=1000, deadline=1000)


async def test_a_cancelled_loop_closes_the_connection() -> None:
    with FaultServer(waiting) as server:
        async with client_of(server) as client:
            stream = client.prompt.stream(1, "hello")
            with anyio.move_on_after(0.1) as scope:
                async for _ in stream:
                    pass
            assert scope.cancelled_caught
            await until(lambda: server.connections == 0)
            with pytest.raises(StreamInterruptedError) as caught:
                await stream.text()
        assert (caught.value.partial_text, caught.value.chunks_received) == ("Dear Ada", 2)
    await settle()


async def test_a_cancelled_text_closes_the_connection() -> None:
    with FaultServer(waiting) as server:
        async with client_of(server) as client:
            with anyio.move_on_after(0.1) as scope:
                await client.prompt.stream(1, "hello").text()
            assert scope.cancelled_caught
            await until(lambda: server.connections == 0)
    await settle()


async def test_a_cancelled_with_closes_the_connection() -> None:
    with FaultServer(waiting) as server:
        async with client_of(server) as client:
            with anyio.move_on_after(0.1) as scope:
                async with client.prompt.stream(1, "hello") as stream:
                    async for _ in stream:
                        await anyio.sleep_forever()
            assert scope.cancelled_caught
            await until(lambda: server.connections == 0)
    await settle()


async def test_a_cancelled_body_of_a_loop_closes_the_connection() -> None:
    with FaultServer(waiting) as server:
        async with client_of(server) as client:
            with anyio.move_on_after(0.1) as scope:
                async for _ in client.prompt.stream(1, "hello"):
                    await anyio.sleep_forever()
            assert scope.cancelled_caught
            await until(lambda: server.connections == 0)
    await settle()


async def test_a_cancelled_opening_closes_the_connection() -> None:
    with FaultServer(Exchange.wait_for_hangup) as server:
        async with client_of(server) as client:
            stream = client.prompt.stream(1, "hello")
            with anyio.move_on_after(0.1) as scope:
                await stream.text()
            assert scope.cancelled_caught
            await until(lambda: server.connections == 0)
        assert len(server.calls) == 1
    await settle()


async def test_a_cancelled_close_of_a_whole_answer_closes_the_connection() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, STOP))
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        async with client_of(server) as client:
            stream = client.prompt.stream(1, "hello")
            chunks = aiter(stream)
            assert [(await anext(chunks)).content for _ in range(2)] == ["Dear ", ""]
            with anyio.CancelScope() as scope:
                scope.cancel()
                await stream.close()
            await until(lambda: server.connections == 0)
            assert await stream.text() == "Dear "
    await settle()


async def test_a_timeout_of_the_program_s_own_closes_the_connection() -> None:
    with FaultServer(waiting) as server:
        async with client_of(server) as client:
            stream = client.prompt.stream(1, "hello")
            with pytest.raises(TimeoutError):
                with anyio.fail_after(0.1):
                    await stream.text()
            await until(lambda: server.connections == 0)
    await settle()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_task_cancelled_as_asyncio_does_closes_the_connection() -> None:
    with FaultServer(waiting) as server:
        async with client_of(server) as client:
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
        async with client_of(server) as client:
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


async def test_an_iterator_that_outlives_its_loop_is_no_harm() -> None:
    with FaultServer(waiting) as server:
        for backend in ("asyncio", "trio"):
            client = client_of(server)
            chunks = aiter(client.prompt.stream(1, "hello"))
            await anyio.to_thread.run_sync(lambda: anyio.run(chunks.__anext__, backend=backend))
            await until(lambda: server.connections == 0)
            del chunks
            await settle()


async def test_a_loop_may_end_right_after_a_break() -> None:
    async def main() -> None:
        async for _ in client.prompt.stream(1, "hello"):
            break

    with FaultServer(waiting) as server:
        for backend in ("asyncio", "trio"):
            client = client_of(server)
            await anyio.to_thread.run_sync(lambda: anyio.run(main, backend=backend))
            await until(lambda: server.connections == 0)
            await settle()


async def test_many_tasks_may_be_cancelled_at_a_time() -> None:
    with FaultServer(waiting) as server:
        async with client_of(server) as client:
            with anyio.move_on_after(0.3):
                async with anyio.create_task_group() as tasks:
                    for _ in range(20):
                        tasks.start_soon(client.prompt.stream(1, "hello").text)
            await until(lambda: server.connections == 0)
    await settle()


async def test_a_client_closed_beneath_a_reader_ends_the_reading() -> None:
    with FaultServer(waiting) as server:
        client = client_of(server)
        stream = client.prompt.stream(1, "hello")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_expect_interruption, stream.text)
            await until(lambda: "2 chunks" in repr(stream))
            await client.close()
        await until(lambda: server.connections == 0)
    await settle()


async def _expect_interruption(step: object) -> None:
    with pytest.raises((StreamInterruptedError, APIConnectionError)):
        await step()  # type: ignore[operator]


async def test_a_stream_after_a_cancelled_one_is_served() -> None:
    with FaultServer(waiting, streaming(lines(DEAR, STOP))) as server:
        async with client_of(server) as client:
            with anyio.move_on_after(0.1):
                await client.prompt.stream(1, "hello").text()
            assert await client.prompt.stream(1, "hello").text() == "Dear "
    await settle()
