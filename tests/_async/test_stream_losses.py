"""A prompt stream that fails, early or late: what was lost never looks like a whole answer."""

import pytest

from liminal import (
    APIStatusError,
    APITimeoutError,
    AuthError,
    Client,
    ResponseValidationError,
    StreamInterruptedError,
    StreamServerError,
)
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

from .clients import client_of
from .reading import read

pytestmark = pytest.mark.anyio

SUBMIT = "/api/v1/prompts/submit"
BOTH = pytest.mark.parametrize("kind", [SSE, LINES])


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
    assert "may_have_been_processed" not in str(error)  # it has no such attribute
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
