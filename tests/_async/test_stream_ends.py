"""However an answer ends, nothing of its stream stays open: counted on the server's side.

Over connections of our own and over those of a caller's client alike.
"""

import tracemalloc

import anyio
import pytest

from liminal import LiminalError, ResponseValidationError, StreamInterruptedError, StreamServerError
from liminal._http import body
from liminal._streams.chunks import ChunkDecoder
from tests.faults.server import Exchange
from tests.support.streams import (
    DEAR,
    SSE,
    STOP,
    begin,
    chunk,
    events,
    finish,
    kept_open,
    lines,
    more,
    streaming,
    waiting,
)
from tests.support.tasks import TaskGroup

from .clients import leaves_nothing, served

WHOLE = lines(DEAR, STOP)


def with_its_length(exchange: Exchange) -> None:
    exchange.answer(200, WHOLE)


def ended_a_little_later(exchange: Exchange) -> None:
    begin(exchange, events(DEAR, STOP), content_type=SSE)
    exchange.wait(0.02)
    more(exchange, events("[DONE]"))
    exchange.wait(0.02)
    finish(exchange)


def written_on_and_on(exchange: Exchange) -> None:
    begin(exchange, WHOLE)
    while True:
        more(exchange, b"x" * 10_000)


def dripping(exchange: Exchange) -> None:
    begin(exchange, WHOLE)
    while True:
        more(exchange, b"x")
        exchange.wait(0.01)


def reset(exchange: Exchange) -> None:
    begin(exchange, WHOLE)
    exchange.wait(0.02)
    exchange.reset()


@pytest.mark.parametrize("step", [streaming(WHOLE), with_its_length, ended_a_little_later])
async def test_a_whole_answer_s_connection_serves_again(connect, step, monkeypatch):
    monkeypatch.setattr(body, "DRAIN_SECONDS", 1000)  # enough for a busy machine
    async with served(step, connect=connect) as (client, server):
        for _ in range(2):
            assert await client.prompt.stream(1, "hello").text() == "Dear "
            async for _ in client.prompt.stream(1, "hello"):
                pass
            async with client.prompt.stream(1, "hello") as stream:
                async for one in stream:
                    if one.finish_reason:
                        break
        assert (server.accepted, len(server.calls)) == (1, 6)


@pytest.mark.parametrize("step", [kept_open(WHOLE), written_on_and_on, dripping, reset])
async def test_a_whole_answer_s_connection_is_closed_where_the_body_does_not_end(connect, step):
    async with leaves_nothing(connect, step, timeout=1000, deadline=1000) as client:
        stream = client.prompt.stream(1, "hello")
        assert (await stream.text(), stream.finish_reason) == ("Dear ", "stop")


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (kept_open(b"event: error\ndata: x\n\n", content_type=SSE), StreamServerError),
        (kept_open(events(DEAR, "no JSON"), content_type=SSE), ResponseValidationError),
        (waiting, StreamInterruptedError),
    ],
)
async def test_a_failed_answer_s_connection_is_closed(connect, step, error):
    async with leaves_nothing(connect, step, timeout=0.3) as client:
        with pytest.raises(error):
            await client.prompt.stream(1, "hello").text()


async def test_an_interrupt_while_a_chunk_is_decoded_ends_the_stream(connect, monkeypatch):
    decode = ChunkDecoder._parse_fast

    def decode_unless_interrupted(decoder, text):
        if text == STOP:
            monkeypatch.undo()
            raise KeyboardInterrupt
        return decode(decoder, text)

    monkeypatch.setattr(ChunkDecoder, "_parse_fast", decode_unless_interrupted)
    async with leaves_nothing(connect, kept_open(lines(DEAR, STOP), WHOLE)) as client:
        stream = client.prompt.stream(1, "hello")
        with pytest.raises(KeyboardInterrupt) as caught:
            await stream.text()
        with pytest.raises(StreamInterruptedError, match="closed before the answer's end"):
            await stream.text()
    frames = [step.frame for step in caught.traceback]
    ours = [one.f_locals for one in frames if one.f_globals["__name__"].startswith("liminal.")]
    assert ours
    assert STOP not in str(ours)


async def test_an_error_s_connection_serves_again(connect):
    def step(exchange: Exchange) -> None:
        exchange.answer(404, {"message": "gone"})

    async with served(step, connect=connect) as (client, server):
        for _ in range(3):
            with pytest.raises(LiminalError, match="404"):
                await client.prompt.stream(1, "hello").text()
        assert server.accepted == 1


async def test_a_whole_answer_can_be_closed_by_many_at_once(connect, monkeypatch):
    monkeypatch.setattr(body, "DRAIN_SECONDS", 1000)  # as above
    async with served(ended_a_little_later, connect=connect) as (client, server):
        stream = client.prompt.stream(1, "hello")
        chunks = aiter(stream)
        assert [(await anext(chunks)).content for _ in range(2)] == ["Dear ", ""]
        async with TaskGroup() as tasks:
            closers = [tasks.start(stream.close) for _ in range(10)]
        assert [closer.error for closer in closers] == [None] * 10
        assert await stream.text() == "Dear "
        assert server.accepted == 1


# ---- a slow reader, a long answer


async def test_reading_takes_no_more_memory_than_the_text(connect):
    padded = chunk("x")[:-1] + f', "padding": "{"x" * 400}"}}'

    def step(exchange: Exchange) -> None:
        begin(exchange, *[lines(*[padded] * 100)] * 100, lines(STOP))
        finish(exchange)

    async with served(step, connect=connect) as (client, _):
        tracemalloc.start()
        try:
            text = await client.prompt.stream(1, "hello").text()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(text) == 10_000
        assert peak < 1_500_000  # of 4,500,000 bytes read, the server's own share included


async def test_a_slow_reader_slows_the_server(connect):
    written = 0

    def step(exchange: Exchange) -> None:
        nonlocal written
        begin(exchange)
        part = lines(*[DEAR] * 1000)
        while True:
            more(exchange, part)
            written += len(part)

    async with served(step, connect=connect) as (client, _):
        stream = client.prompt.stream(1, "hello")
        chunks = aiter(stream)
        await anext(chunks)
        before = -1
        while before != written:  # until the buffers of both kernels are full
            before = written
            await anyio.sleep(0.05)
        assert written < 32 * 1024 * 1024
        async for _ in stream:  # it goes on as soon as somebody reads
            if written > before:
                break
        await stream.close()
