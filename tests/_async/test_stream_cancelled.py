# derive: async-only
"""A stream whose task is cancelled, or whose iterator is dropped where one can't await.

That a call which is cancelled leaves nothing, wherever it stands: see tests/faults/test_cancel.py.
"""

import gc
import gzip
from functools import partial

import anyio
import anyio.to_thread
import pytest
from anyio.lowlevel import checkpoint

from liminal import AsyncPromptStream, Client, StreamInterruptedError
from liminal._streams.chunks import ChunkDecoder
from tests.faults.server import FaultServer
from tests.support.streams import DEAR, STOP, kept_open, lines, streaming, waiting

from .clients import client_of, leaves_nothing, served
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


async def test_other_tasks_run_between_the_pieces_of_a_compressed_part(monkeypatch):
    turns, turns_by_piece, feed = [0], [], ChunkDecoder.feed

    def note_and_feed(decoder, piece):
        turns_by_piece.append(turns[0])
        return feed(decoder, piece)

    async def take_turns():
        while True:
            turns[0] += 1
            await checkpoint()

    monkeypatch.setattr(ChunkDecoder, "feed", note_and_feed)
    body = gzip.compress(b"\n" * 2**20 + lines(DEAR, STOP))
    step = streaming(body, headers=[("Content-Encoding", "gzip")])
    async with served(step) as (client, _), anyio.create_task_group() as tasks:
        tasks.start_soon(take_turns)
        assert await client.prompt.stream(1, "hello").text() == "Dear "
        tasks.cancel_scope.cancel()
    # trio may have the reader go first in one round of the tasks, and last in the one before.
    assert len(set(turns_by_piece)) > len(turns_by_piece) // 2 > 4


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
