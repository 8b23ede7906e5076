"""A prompt stream as its reader uses it: sent when read, iterated, read whole, and never lying."""

import pytest

from liminal import (
    APIStatusError,
    APITimeoutError,
    AuthError,
    Client,
    LiminalError,
    ResponseValidationError,
    StreamInterruptedError,
    StreamServerError,
)
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import (
    ADA,
    DEAR,
    FRAMED,
    LINES,
    SSE,
    STOP,
    begin,
    events,
    finish,
    lines,
    more,
    streaming,
)

from .reading import read
from .waiting import settle

pytestmark = pytest.mark.anyio

SUBMIT = "/api/v1/prompts/submit"
BOTH = pytest.mark.parametrize("kind", [SSE, LINES])


def client_of(server: FaultServer, **options: float) -> Client:
    return Client(server.url, auth=Token("a-token"), **options)  # type: ignore[arg-type]


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


# ---- status and session first


async def test_an_ended_session_is_renewed_and_the_prompt_sent_again(
    client: Client, sandbox: Sandbox
) -> None:
    await client.thread.get_available()
    sandbox.expire_sessions()
    assert await client.prompt.stream(1, "hello").text()
    statuses = [request.status for request in sandbox.requests if request.path == SUBMIT]
    assert (statuses, sandbox.logins) == ([401, 200], 2)


async def test_a_session_that_can_t_be_renewed_is_an_auth_error(sandbox: Sandbox) -> None:
    session_id = sandbox.create_session()
    async with await Client.authenticate_from_session_id(sandbox.url, session_id) as client:
        sandbox.expire_sessions()
        with pytest.raises(AuthError):
            await client.prompt.stream(1, "hello").text()
    assert sandbox.submits == 0


async def test_an_error_status_is_its_error_and_never_content(
    client: Client, sandbox: Sandbox
) -> None:
    sandbox.fail_next(404, path=SUBMIT, headers={"Content-Type": SSE}, body=events(DEAR, STOP))
    contents, error = await read(client.prompt.stream(1, "hello"))
    assert isinstance(error, APIStatusError)
    assert (contents, error.status_code, error.body) == ([], 404, events(DEAR, STOP))


async def test_an_error_is_raised_again_and_the_prompt_not_sent_again(
    client: Client, sandbox: Sandbox
) -> None:
    sandbox.fail_next(500, path=SUBMIT)
    stream = client.prompt.stream(1, "hello")
    for _ in range(2):
        with pytest.raises(APIStatusError, match="500"):
            await stream.text()
    assert [request.path for request in sandbox.requests].count(SUBMIT) == 1


async def test_a_429_is_tried_again_before_the_first_chunk(
    client: Client, sandbox: Sandbox
) -> None:
    sandbox.fail_next(429, path=SUBMIT, headers={"Retry-After": "0"})
    assert await client.prompt.stream(1, "hello").text()
    assert sandbox.submits == 1


async def test_an_opening_that_takes_too_long_is_a_timeout(
    client: Client, sandbox: Sandbox
) -> None:
    await client.thread.get_available()
    sandbox.answer_delay = 20.0
    with pytest.raises(APITimeoutError) as caught:
        await client.with_options(timeout=0.05).prompt.stream(1, "hello").text()
    assert caught.value.may_have_been_processed
    sandbox.answer_delay = 0.0


# ---- losses


async def test_a_cut_before_the_first_chunk_is_an_interruption() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange)
        exchange.close()

    with FaultServer(step) as server:
        async with client_of(server) as client:
            with pytest.raises(StreamInterruptedError) as caught:
                await client.prompt.stream(1, "hello").text()
    assert (caught.value.partial_text, caught.value.chunks_received) == ("", 0)
    assert len(server.calls) == 1


@BOTH
@pytest.mark.parametrize("end", ["close", "reset"])
async def test_a_cut_is_an_interruption_after_all_good_chunks(kind: str, end: str) -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, FRAMED[kind](DEAR, ADA), content_type=kind)
        if end == "reset":
            exchange.wait(0.05)  # a reset overtakes what was sent just before
        getattr(exchange, end)()

    with FaultServer(step) as server:
        async with client_of(server) as client:
            contents, error = await read(client.prompt.stream(1, "hello"))
    assert contents == ["Dear ", "Ada"]
    assert isinstance(error, StreamInterruptedError)
    assert "was cut off" in str(error)
    assert (error.partial_text, error.chunks_received) == ("Dear Ada", 2)
    assert len(server.calls) == 1


@BOTH
async def test_a_stall_past_the_idle_timeout_is_an_interruption(kind: str) -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, FRAMED[kind](DEAR), content_type=kind)
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        async with client_of(server, timeout=0.3) as client:
            with pytest.raises(StreamInterruptedError, match="within the timeout") as caught:
                await client.prompt.stream(1, "hello").text()
    assert (caught.value.partial_text, caught.value.chunks_received) == ("Dear ", 1)


async def test_a_stall_after_the_deadline_is_still_one_of_the_timeout() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR))
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        async with client_of(server, timeout=0.4, deadline=0.3) as client:
            with pytest.raises(StreamInterruptedError, match="within the timeout"):
                await client.prompt.stream(1, "hello").text()


async def test_the_idle_timeout_is_one_of_each_wait() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange)
        for text in (DEAR, ADA, DEAR, ADA, STOP):
            exchange.wait(0.1)
            more(exchange, lines(text))
        finish(exchange)

    with FaultServer(step) as server:
        async with client_of(server, timeout=0.4, deadline=0.4) as client:
            assert await client.prompt.stream(1, "hello").text() == "Dear AdaDear Ada"


async def test_an_interruption_names_the_request(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail_next_stream(after=2)
    with pytest.raises(StreamInterruptedError) as caught:
        await client.prompt.stream(1, "hello").text()
    error = caught.value
    assert (error.operation, error.attempts) == ("submit_prompt", 1)
    assert error.request_id == sandbox.requests[-1].request_id


async def test_an_error_event_comes_after_the_good_chunks(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail_next_stream(after=2, message="the model is down")
    contents, error = await read(client.prompt.stream(1, "hello"))
    assert contents == ["Thank ", "you. "]
    assert isinstance(error, StreamServerError)
    assert error.server_message == "the model is down"
    assert "model is down" not in str(error)


async def test_a_bad_line_is_never_yielded_as_text() -> None:
    with FaultServer(streaming(lines(DEAR, "Ada Lovelace", STOP))) as server:
        async with client_of(server) as client:
            contents, error = await read(client.prompt.stream(1, "hello"))
    assert contents == ["Dear "]
    assert isinstance(error, ResponseValidationError)
    assert (error.path, error.__context__) == ("$", None)


async def test_an_event_may_be_as_long_as_the_limit_says() -> None:
    with FaultServer(streaming(lines(DEAR, ADA, STOP))) as server:
        async with client_of(server, max_event_bytes=30) as client:
            with pytest.raises(ResponseValidationError, match="longer than 30 bytes"):
                await client.prompt.stream(1, "hello").text()
            assert await client.with_options(max_event_bytes=100).prompt.stream(1, "x").text()


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
