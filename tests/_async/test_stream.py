"""A prompt stream as its reader uses it: sent when read, iterated, read whole, and never lying."""

import copy
import pickle

import pytest

from liminal import AsyncPromptStream, LiminalError, StreamInterruptedError

from .clients import read
from .waiting import settle

# ---- when it is sent


async def test_a_stream_that_is_never_read_is_never_sent(client, sandbox):
    client.prompt.stream(1, "hello")
    async with client.prompt.stream(1, "hello"):
        pass
    stream = client.prompt.stream(1, "hello")
    aiter(stream)
    await stream.close()
    with pytest.raises(LiminalError, match="closed before its answer began: open another"):
        await stream.text()
    await settle()
    assert sandbox.requests == []


# ---- how it is read


async def not_at_all(stream: AsyncPromptStream) -> None:
    aiter(stream)


async def by_a_step(stream: AsyncPromptStream) -> None:
    assert (await anext(stream)).content == "Thank "


async def by_an_iterator(stream: AsyncPromptStream) -> None:
    chunks = aiter(stream)
    contents = [(await anext(chunks)).content, *[chunk.content async for chunk in chunks]]
    assert contents[:2] == ["Thank ", "you. "]
    assert await stream.text() == "".join(contents)


async def by_a_step_and_a_loop(stream: AsyncPromptStream) -> None:
    await anext(stream)
    contents = [chunk.content async for chunk in stream]
    assert contents[0] == "you. "
    assert await anext(stream, None) is None


async def in_a_with_block(stream: AsyncPromptStream) -> None:
    async with stream as entered:
        assert entered is stream
        await stream.text()


async def by_its_text_in_the_loop(stream: AsyncPromptStream) -> None:
    turns = 0
    async for _ in stream:
        turns += 1
        await stream.text()
    assert turns == 1


async def until_it_finishes(stream: AsyncPromptStream) -> None:
    assert stream.finish_reason is None
    async for chunk in stream:
        assert stream.finish_reason == chunk.finish_reason
        if chunk.finish_reason:
            break


@pytest.mark.parametrize(
    "read_first",
    [
        not_at_all,
        by_a_step,
        by_an_iterator,
        by_a_step_and_a_loop,
        in_a_with_block,
        by_its_text_in_the_loop,
        until_it_finishes,
    ],
)
async def test_text_is_the_whole_text_whatever_was_read_before(client, sandbox, read_first):
    whole = "".join([chunk.content async for chunk in client.prompt.stream(1, "hello")])
    assert whole.startswith("Thank you. ")
    stream = client.prompt.stream(1, "hello")
    await read_first(stream)
    assert [await stream.text(), await stream.text(), await stream.raw_text()] == [whole] * 3
    assert stream.finish_reason == "stop"
    assert [chunk async for chunk in stream] == []
    assert sandbox.submits == 2


async def test_after_a_break_there_are_no_more_chunks_and_text_raises(client):
    stream = client.prompt.stream(1, "hello")
    async for chunk in stream:
        assert chunk.content == "Thank "
        break
    contents, error = await read(stream)
    assert contents == []
    with pytest.raises(StreamInterruptedError, match="closed before the answer's end") as caught:
        await stream.text()
    assert caught.value is error
    assert (caught.value.partial_text, caught.value.chunks_received) == ("Thank ", 1)


async def test_the_repr_shows_the_state_and_no_text(client):
    stream = client.prompt.stream(1, "the prompt")
    kind = type(stream).__name__
    assert repr(stream) == f"<{kind}: not sent yet, 0 chunks>"
    await anext(chunks := aiter(stream))
    assert repr(stream) == f"<{kind}: open, 1 chunks>"
    await stream.close()
    assert repr(stream) == f"<{kind}: closed, 1 chunks>"
    del chunks


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
async def test_a_stream_can_t_be_pickled_or_copied(client, duplicate):
    stream = client.prompt.stream(1, "the prompt")
    chunks = aiter(stream)
    for _ in range(2):  # not sent yet, and open
        for part in (stream, chunks):
            with pytest.raises(LiminalError, match=r"be pickled or copied.*: send what text\(\)"):
                duplicate(part)
        await anext(chunks)
    assert (await stream.text()).startswith("Thank you.")
