"""A prompt stream as its reader uses it: sent when read, iterated, read whole, and never lying."""

import copy
import pickle
from typing import Any

import pytest

from liminal import Client, LiminalError, StreamInterruptedError
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import ADA, DEAR, STOP, begin, lines

from .clients import client_of
from .reading import read
from .waiting import settle

pytestmark = pytest.mark.anyio

# ---- when it is sent


async def test_a_stream_that_is_never_read_is_never_sent(client: Client, sandbox: Sandbox) -> None:
    client.prompt.stream(1, "hello")
    async with client.prompt.stream(1, "hello"):
        pass
    stream = client.prompt.stream(1, "hello")
    aiter(stream)
    await stream.close()
    await settle()
    assert sandbox.requests == []


async def test_a_stream_is_sent_once(client: Client, sandbox: Sandbox) -> None:
    stream = client.prompt.stream(1, "hello")
    async for _ in stream:
        pass
    await stream.text()
    await stream.close()
    assert sandbox.submits == 1


async def test_both_formats_are_asked_for(client: Client, sandbox: Sandbox) -> None:
    await client.prompt.stream(1, "hello").text()
    accept = sandbox.requests[-1].headers["accept"]
    assert accept == "text/event-stream, application/x-ndjson"


@pytest.mark.parametrize("stream_format", ["sse", "ndjson"])
async def test_the_sandbox_s_formats_read_the_same(stream_format: str) -> None:
    with Sandbox(stream_format=stream_format) as sandbox:  # type: ignore[arg-type]
        async with Client(sandbox.url, auth=Token(sandbox.token)) as client:
            stream = client.prompt.stream(1, "hello")
            assert (await stream.text()).startswith("Thank you.")
            assert stream.finish_reason == "stop"


# ---- how it is read


async def test_chunks_come_as_they_are_written() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR))
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        async with client_of(server) as client:
            async for chunk in client.prompt.stream(1, "hello"):
                assert chunk.content == "Dear "
                break


async def test_text_is_the_whole_text(client: Client) -> None:
    text = await client.prompt.stream(1, "hello").text()
    assert text == "".join([c.content async for c in client.prompt.stream(1, "hello")])


async def test_text_holds_the_chunks_already_taken(client: Client) -> None:
    whole = await client.prompt.stream(1, "hello").text()
    stream = client.prompt.stream(1, "hello")
    chunks = aiter(stream)
    first = await anext(chunks)
    assert (first.content, await stream.text()) == ("Thank ", whole)


async def test_an_iterator_is_its_own_iterator(client: Client) -> None:
    chunks = aiter(client.prompt.stream(1, "hello"))
    first = await anext(chunks)
    rest = [chunk.content async for chunk in chunks]
    assert (first.content + "".join(rest)).startswith("Thank you. ")


async def test_text_within_the_loop_ends_the_loop(client: Client) -> None:
    stream = client.prompt.stream(1, "hello")
    turns = 0
    async for _ in stream:
        turns += 1
        text = await stream.text()
    assert (turns, text) == (1, await stream.text())


async def test_text_can_be_asked_for_again(client: Client) -> None:
    stream = client.prompt.stream(1, "hello")
    assert await stream.text() == await stream.text()


async def test_text_after_the_loop_is_the_whole_text(client: Client) -> None:
    stream = client.prompt.stream(1, "hello")
    contents = [chunk.content async for chunk in stream]
    assert await stream.text() == "".join(contents)


async def test_text_is_still_there_after_close(client: Client) -> None:
    async with client.prompt.stream(1, "hello") as stream:
        text = await stream.text()
    assert await stream.text() == text


async def test_a_stream_that_was_read_has_no_more_chunks(client: Client) -> None:
    stream = client.prompt.stream(1, "hello")
    await stream.text()
    assert [chunk async for chunk in stream] == []


async def test_the_finish_reason_is_known_once_the_answer_has_ended(client: Client) -> None:
    stream = client.prompt.stream(1, "hello")
    seen = [stream.finish_reason]
    async for chunk in stream:
        assert stream.finish_reason == chunk.finish_reason
        seen.append(stream.finish_reason)
    assert (seen[0], set(seen[:-1]), seen[-1]) == (None, {None}, "stop")


async def test_the_context_manager_gives_the_stream(client: Client) -> None:
    stream = client.prompt.stream(1, "hello")
    async with stream as entered:
        assert entered is stream


async def test_a_stream_takes_no_longer_than_its_answer() -> None:
    """The server keeps the connection open: the finish is the end all the same."""

    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, ADA, STOP))
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        async with client_of(server, timeout=1000, deadline=1000) as client:
            stream = client.prompt.stream(1, "hello")
            assert (await stream.text(), stream.finish_reason) == ("Dear Ada", "stop")


async def test_what_follows_the_finish_is_not_looked_at() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, STOP), b"<html>")
        exchange.reset()

    with FaultServer(step) as server:
        async with client_of(server) as client:
            assert await client.prompt.stream(1, "hello").text() == "Dear "


async def test_the_repr_tells_the_state_and_no_text(client: Client) -> None:
    stream = client.prompt.stream(1, "the prompt")
    kind = type(stream).__name__
    assert repr(stream) == f"<{kind}: not sent yet, 0 chunks>"
    await anext(chunks := aiter(stream))
    assert repr(stream) == f"<{kind}: open, 1 chunks>"
    await stream.close()
    assert repr(stream) == f"<{kind}: closed, 1 chunks>"
    del chunks


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
async def test_a_stream_can_t_be_pickled_or_copied(client: Client, duplicate: Any) -> None:
    stream = client.prompt.stream(1, "the prompt")
    chunks = aiter(stream)
    for _ in range(2):  # not sent yet, and open
        for part in (stream, chunks):
            with pytest.raises(LiminalError, match=r"be pickled or copied.*: send what text\(\)"):
                duplicate(part)
        await anext(chunks)
    assert (await stream.text()).startswith("Thank you.")


# ---- closed too early


async def test_a_closed_stream_can_t_be_read(client: Client, sandbox: Sandbox) -> None:
    stream = client.prompt.stream(1, "hello")
    await stream.close()
    with pytest.raises(LiminalError, match="closed before its answer began: open another"):
        await stream.text()
    assert sandbox.requests == []


async def test_text_after_an_early_close_is_an_interruption(client: Client) -> None:
    async with client.prompt.stream(1, "hello") as stream:
        async for chunk in stream:
            assert chunk.content == "Thank "
            break
    with pytest.raises(StreamInterruptedError, match="closed before the answer's end") as caught:
        await stream.text()
    assert (caught.value.partial_text, caught.value.chunks_received) == ("Thank ", 1)


async def test_nothing_is_handed_out_after_a_break(client: Client) -> None:
    stream = client.prompt.stream(1, "hello")
    async for _ in stream:
        break
    contents, error = await read(stream)
    assert (contents, type(error)) == ([], StreamInterruptedError)


async def test_a_break_at_the_finish_leaves_the_whole_text(client: Client) -> None:
    stream = client.prompt.stream(1, "hello")
    async for chunk in stream:
        if chunk.finish_reason:
            break
    assert (await stream.text()).startswith("Thank you.")
