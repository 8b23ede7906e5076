"""``iter_sse`` and ``aiter_sse``: what they take, what they give, what they leave alone."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import aclosing
from functools import partial
from typing import Any, Self

import pytest

from liminal.errors import LiminalError, ResponseValidationError
from liminal.streaming import (
    AsyncEvents,
    LineDecoder,
    SSEDecoder,
    aiter_sse,
    is_event_stream,
    iter_sse,
)

CHUNKS = [b"data: 1\n\ndata: 2\n\nda", b"ta: 3\n", b"\n"]


class Source:
    """Chunks for ``async for``. It can't be closed."""

    def __init__(self, parts: Iterable[Any]) -> None:
        self.parts = iter(parts)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        for part in self.parts:
            return part
        raise StopAsyncIteration


def read_async(parts: Iterable[Any], **bound: Any) -> AsyncEvents:
    return aiter_sse(Source(parts), **bound)


EACH = pytest.mark.parametrize("read", [iter_sse, read_async])


async def step(events: Any) -> str | None:
    """Take the next event and give its data; None at the end."""
    event = await anext(events, None) if isinstance(events, AsyncEvents) else next(events, None)
    return None if event is None else str(event.data)


@EACH
async def test_an_event_comes_before_more_bytes_are_asked_for(read):
    def broken() -> Iterator[bytes]:
        yield CHUNKS[0]
        raise ConnectionResetError

    events = read(broken())
    assert [await step(events), await step(events)] == ["1", "2"]
    with pytest.raises(ConnectionResetError):
        await step(events)


@EACH
async def test_events_dropped_halfway_leave_the_source_as_it_is(read):
    """And nothing to clean up: trio warns of each async generator that it has to clean up."""
    source = iter(CHUNKS)
    assert await step(read(source)) == "1"
    gc.collect()
    assert list(source) == CHUNKS[1:]


async def test_closing_the_events_ends_them_and_leaves_the_source_as_it_is():
    source = iter(CHUNKS)
    async with aclosing(read_async(source)) as events:
        assert await step(events) == "1"
    assert await step(events) is None
    assert list(source) == CHUNKS[1:]


@EACH
async def test_the_bound_can_be_set_and_nothing_comes_after_it_was_passed(read):
    events = read([b"data: 1\n\ndata: 123456789\n\n", b"data: 2\n\n"], max_event_bytes=8)
    assert await step(events) == "1"
    with pytest.raises(ResponseValidationError, match="longer than 8 bytes"):
        await step(events)
    assert await step(events) is None


@EACH
async def test_nothing_comes_after_an_interrupt_that_may_have_lost_an_event(read, monkeypatch):
    def interrupted(_: SSEDecoder) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(SSEDecoder, "_dispatch", interrupted)
    events = read([b"data: 1\ndata: 2\n\ndata: 3\n\n", b"data: 4\n\n"])
    with pytest.raises(KeyboardInterrupt):
        await step(events)
    assert await step(events) is None


# ---- what they refuse

FEEDS = [lambda chunk: SSEDecoder().feed(chunk), lambda chunk: LineDecoder().feed(chunk)]


@pytest.mark.parametrize("text", ["x", "data: 1\n\n", "", None, 7])
@pytest.mark.parametrize(
    "read", [lambda chunk: iter_sse([chunk]), lambda chunk: read_async([chunk]), *FEEDS]
)
async def test_text_instead_of_bytes_is_an_error(read, text):
    with pytest.raises(LiminalError, match=r"must be bytes.*iter_bytes\(\)"):
        await step(read(text))


@pytest.mark.parametrize(
    ("read", "given"), [(iter_sse, Source([])), (iter_sse, None), (aiter_sse, [])]
)
def test_chunks_that_cannot_be_iterated_are_refused_at_once(read, given):
    with pytest.raises(LiminalError, match=r"chunks must be an (Async)?Iterable of bytes, not of"):
        read(given)


@pytest.mark.parametrize("make", [SSEDecoder, LineDecoder])
def test_a_chunk_may_be_a_bytearray(make):
    (item,) = make().feed(bytearray(b"data: 1\n") + b"\n" * (make is SSEDecoder))
    assert "1" in str(item)


@pytest.mark.parametrize("bound", [None, "x", float("nan"), -1, 0, 1.5, True])
@pytest.mark.parametrize(
    "make",
    [partial(iter_sse, []), partial(read_async, []), SSEDecoder, LineDecoder],
    ids=["iter_sse", "aiter_sse", "SSEDecoder", "LineDecoder"],
)
def test_an_invalid_bound_is_refused_at_once(make, bound):
    with pytest.raises(LiminalError, match="max_event_bytes must be a whole number, 1 or more"):
        make(max_event_bytes=bound)


def test_a_content_type_in_bytes_is_refused():
    with pytest.raises(LiminalError, match="content_type must be a str"):
        is_event_stream(b"text/event-stream")
