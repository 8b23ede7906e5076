# derive: async-only
"""A stream whose task is cancelled, or whose iterator is dropped where one can't await.

That a call which is cancelled leaves nothing, wherever it stands: see tests/faults/test_cancel.py.
"""

import gc
from functools import partial

import anyio
import anyio.to_thread
import pytest

from liminal import AsyncPromptStream, Client, StreamInterruptedError
from tests.faults.server import FaultServer
from tests.support.streams import DEAR, STOP, kept_open, lines, waiting

from .clients import client_of, leaves_nothing
from .waiting import settle, until

patient_client_of = partial(client_of, timeout=1000, deadline=1000)


async def linger(stream: AsyncPromptStream) -> None:
    async for _ in stream:
        await anyio.sleep_forever()


@pytest.mark.parametrize(("read", "chunks"), [(AsyncPromptStream.text, 2), (linger, 1)])
async def test_a_cancelled_reader_closes_the_connection(read, chunks):
    async with leaves_nothing(patient_client_of, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read, stream)
            await until(lambda: f"{chunks} chunks" in repr(stream))
            tasks.cancel_scope.cancel()
        with pytest.raises(StreamInterruptedError) as caught:
            await stream.text()
        assert caught.value.chunks_received == chunks
    await settle()


async def test_a_cancelled_close_of_a_whole_answer_closes_the_connection():
    async with leaves_nothing(patient_client_of, kept_open(lines(DEAR, STOP))) as client:
        stream = client.prompt.stream(1, "hello")
        chunks = aiter(stream)
        assert [(await anext(chunks)).content for _ in range(2)] == ["Dear ", ""]
        with anyio.CancelScope() as scope:
            scope.cancel()
            await stream.close()
        assert await stream.text() == "Dear "
    await settle()


async def test_an_iterator_that_another_thread_collects_closes_the_connection():
    async with leaves_nothing(patient_client_of, waiting) as client:
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
    await settle()


@pytest.mark.parametrize("other", ["asyncio", "trio"])
@pytest.mark.parametrize("is_held", [False, True], ids=["right after a break", "iterator held"])
async def test_a_loop_may_end_before_its_stream(other, is_held):
    held = []

    async def main(client: Client) -> None:
        chunks = aiter(client.prompt.stream(1, "hello"))
        await anext(chunks)
        if is_held:
            held.append(chunks)

    with FaultServer(waiting) as server:
        client = patient_client_of(server)
        await anyio.to_thread.run_sync(partial(anyio.run, main, client, backend=other))
        await until(lambda: server.connections == 0)
        held.clear()
        await settle()
