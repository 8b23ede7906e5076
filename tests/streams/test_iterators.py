"""``iter_sse`` and ``aiter_sse``: what they take, what they give, what they leave alone."""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from liminal.errors import LiminalError, ResponseValidationError
from liminal.streaming import LineDecoder, SSEDecoder, aiter_sse, is_event_stream, iter_sse

CHUNKS = [b"data: 1\n\ndata: 2\n\nda", b"ta: 3\n", b"\n"]


class AsyncChunks:
    """A source of chunks that its owner has to close."""

    def __init__(self, chunks: list[bytes]) -> None:
        self.left = iter(chunks)
        self.closed = False

    def __aiter__(self) -> "AsyncChunks":
        return self

    async def __anext__(self) -> bytes:
        for chunk in self.left:
            return chunk
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed = True


def chunks_then_error() -> Iterator[bytes]:
    yield CHUNKS[0]
    raise ConnectionResetError


def test_events_come_out_in_order() -> None:
    assert [event.data for event in iter_sse(CHUNKS)] == ["1", "2", "3"]


def test_an_event_comes_before_more_bytes_are_asked_for() -> None:
    events = iter_sse(chunks_then_error())
    assert [next(events).data, next(events).data] == ["1", "2"]
    with pytest.raises(ConnectionResetError):
        next(events)


def test_leaving_early_leaves_the_source_open() -> None:
    source = iter(CHUNKS)
    for _event in iter_sse(source):
        break
    gc.collect()
    assert list(source) == CHUNKS[1:]


def test_the_bound_can_be_set() -> None:
    events = iter_sse([b"data: 1\n\ndata: 123456789\n\n"], max_event_bytes=8)
    assert next(events).data == "1"
    with pytest.raises(ResponseValidationError, match="longer than 8 bytes"):
        next(events)


@pytest.mark.anyio
async def test_events_come_out_in_order_asynchronously() -> None:
    assert [event.data async for event in aiter_sse(AsyncChunks(CHUNKS))] == ["1", "2", "3"]


@pytest.mark.anyio
async def test_the_source_may_be_an_async_generator() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for chunk in CHUNKS:
            yield chunk

    assert [event.data async for event in aiter_sse(chunks())] == ["1", "2", "3"]


@pytest.mark.anyio
async def test_dropping_the_events_halfway_leaves_nothing_to_clean_up() -> None:
    """Warnings are errors here, and trio warns of each async generator that it has to clean up."""
    source = AsyncChunks(CHUNKS)
    async for _event in aiter_sse(source):
        break
    gc.collect()
    assert not source.closed


@pytest.mark.anyio
async def test_closing_the_events_ends_them_and_leaves_the_source_open() -> None:
    source = AsyncChunks(CHUNKS)
    async with aclosing(aiter_sse(source)) as events:
        assert (await anext(events)).data == "1"
    assert [event async for event in events] == []
    assert not source.closed


@pytest.mark.anyio
async def test_nothing_comes_after_a_fault() -> None:
    source = AsyncChunks([b"data: 1\n\ndata: 123456789\n\n", b"data: 2\n\n"])
    events = aiter_sse(source, max_event_bytes=8)
    assert (await anext(events)).data == "1"
    with pytest.raises(ResponseValidationError):
        await anext(events)
    assert [event async for event in events] == []


@pytest.mark.parametrize("text", ["x", "data: 1\n\n", "", None, 7])
@pytest.mark.parametrize(
    "read",
    [
        lambda text: iter_sse([text]),
        lambda text: SSEDecoder().feed(text),
        lambda text: LineDecoder().feed(text),
    ],
    ids=["iter_sse", "SSEDecoder", "LineDecoder"],
)
def test_text_in_place_of_bytes_is_an_error_that_says_so(read: Any, text: Any) -> None:
    with pytest.raises(LiminalError, match=r"must be bytes.*iter_bytes\(\)"):
        list(read(text))


@pytest.mark.anyio
async def test_text_in_place_of_bytes_is_an_error_asynchronously_too() -> None:
    events: Any = aiter_sse(AsyncChunks(["data: 1\n\n"]))  # type: ignore[list-item]
    with pytest.raises(LiminalError, match=r"must be bytes.*iter_bytes\(\)"):
        await anext(events)
    assert [event async for event in events] == []


@pytest.mark.parametrize("make", [SSEDecoder, LineDecoder])
def test_a_chunk_may_be_a_bytearray(make: Any) -> None:
    (item,) = make().feed(bytearray(b"data: 1\n") + b"\n" * (make is SSEDecoder))
    assert "1" in str(item)


@pytest.mark.parametrize("bound", [None, "x", float("nan"), -1, 0, 1.5, True])
@pytest.mark.parametrize(
    "make",
    [
        lambda **bound: iter_sse([], **bound),
        lambda **bound: aiter_sse(AsyncChunks([]), **bound),
        SSEDecoder,
        LineDecoder,
    ],
    ids=["iter_sse", "aiter_sse", "SSEDecoder", "LineDecoder"],
)
def test_a_bound_that_can_t_be_is_refused_at_once(make: Any, bound: Any) -> None:
    with pytest.raises(LiminalError, match="max_event_bytes must be a whole number, 1 or more"):
        make(max_event_bytes=bound)


def test_a_content_type_in_bytes_is_refused() -> None:
    with pytest.raises(LiminalError, match="content_type must be a str"):
        is_event_stream(b"text/event-stream")  # type: ignore[arg-type]
