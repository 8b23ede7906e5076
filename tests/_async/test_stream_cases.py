"""A reader gets what is streamed, and what is lost never looks like a whole answer.

Which error each fault of a connection or an answer gives is told by tests/faults/table.py.
"""

import re
import traceback

import pytest
from pytest_httpx import IteratorStream

from liminal import (
    APIStatusError,
    AsyncPromptStream,
    Client,
    LiminalError,
    RequestError,
    StreamInterruptedError,
    StreamServerError,
)
from liminal.auth import Token
from tests.faults.server import Exchange
from tests.support.streams import (
    ADA,
    CASES,
    DEAR,
    FRAMED,
    LINES,
    SECRET,
    SSE,
    STOP,
    Case,
    begin,
    finish,
    lines,
    more,
    streaming,
)

from .clients import read, served

BOUND = 4096  # bytes of an event
EACH = pytest.mark.parametrize("case", CASES, ids=str)


async def check(stream: AsyncPromptStream, case: Case) -> None:
    """Read a stream as a program does, and compare."""
    contents, error = await read(stream)
    assert (tuple(contents), type(error)) == (case.contents, case.error or type(None))
    assert stream.finish_reason == case.reason
    if error is None:
        assert await stream.text() == "".join(case.contents)
        return
    with pytest.raises(LiminalError) as again:
        await stream.text()
    assert again.value is error
    assert isinstance(error, RequestError)
    assert error.operation == "submit_prompt"
    told = "".join(traceback.format_exception(error)) + repr(error)
    assert not any(secret in told for secret in (SECRET, "Ada is tired"))
    assert re.search(case.says, str(error))
    if isinstance(error, StreamInterruptedError):
        assert error.partial_text == "".join(case.contents)
        assert error.chunks_received == len(case.contents)
    elif isinstance(error, StreamServerError):
        assert error.server_message == "Ada is tired"
    else:
        assert str(error).startswith("Could not validate response: ")


@EACH
async def test_a_stream_over_a_socket_is_what_its_case_says(case):
    step = streaming(*case.parts, content_type=case.content_type, headers=case.headers)
    async with served(step, max_event_bytes=BOUND) as (client, _):
        await check(client.prompt.stream(1, "hello"), case)


@EACH
async def test_a_stream_over_pytest_httpx_is_what_its_case_says(case, httpx_mock):
    url = "https://api.my-tenant.liminal.ai"
    login = f"{url}/api/v1/auth/test-automation/login"
    httpx_mock.add_response(url=login, headers={"Set-Cookie": "session=s1"})
    kind = [] if case.content_type is None else [("Content-Type", case.content_type)]
    httpx_mock.add_response(
        url=f"{url}/api/v1/prompts/submit",
        method="POST",
        stream=IteratorStream(case.parts),
        headers=[*kind, *case.headers],
    )
    async with Client(url, auth=Token("a-token"), max_event_bytes=BOUND) as client:
        await check(client.prompt.stream(1, "hello"), case)


# ---- what is lost

SUBMIT = "/api/v1/prompts/submit"
REQUEST_ID = ("X-Request-Id", "r-1")


async def test_an_error_status_is_raised_each_time_and_its_body_is_no_content(client, sandbox):
    body = FRAMED[SSE](DEAR, STOP)
    sandbox.fail_next(500, path=SUBMIT, headers={"Content-Type": SSE}, body=body)
    stream = client.prompt.stream(1, "hello")
    for _ in range(2):
        contents, error = await read(stream)
        assert isinstance(error, APIStatusError)
        assert (contents, error.status_code, error.body) == ([], 500, body)
    assert [request.path for request in sandbox.requests].count(SUBMIT) == 1


@pytest.mark.parametrize("kind", [SSE, LINES])
@pytest.mark.parametrize(
    ("end", "options"),
    [
        ("close", {}),
        ("reset", {}),
        ("wait_for_hangup", {"timeout": 0.3}),
        # The deadline is for the answer's beginning.
        ("wait_for_hangup", {"timeout": 0.4, "deadline": 0.3}),
    ],
)
@pytest.mark.parametrize(
    ("texts", "contents"), [([], []), ([DEAR, ADA], ["Dear ", "Ada"])], ids=["at once", "later"]
)
async def test_a_cut_or_a_stall_interrupts_after_good_chunks(kind, end, options, texts, contents):
    def step(exchange: Exchange) -> None:
        begin(exchange, *map(FRAMED[kind], texts), content_type=kind, headers=[REQUEST_ID])
        if end == "reset":
            exchange.wait(0.05)  # a reset overtakes what was sent just before
        getattr(exchange, end)()

    async with served(step, **options) as (client, server):
        came, error = await read(client.prompt.stream(1, "hello"))
    assert came == contents
    assert isinstance(error, StreamInterruptedError)
    assert ("within the timeout" if options else "was cut off") in str(error)
    assert "may_have_been_processed" not in str(error)  # it has no such attribute
    assert (error.partial_text, error.chunks_received) == ("".join(contents), len(contents))
    assert (error.operation, error.attempts, error.request_id) == ("submit_prompt", 1, "r-1")
    assert len(server.calls) == 1


async def test_the_timeout_bounds_each_wait_of_a_stream():
    def step(exchange: Exchange) -> None:
        begin(exchange)
        for text in (DEAR, ADA, DEAR, ADA, STOP):
            exchange.wait(0.1)
            more(exchange, lines(text))
        finish(exchange)

    async with served(step, timeout=0.4, deadline=0.4) as (client, _):
        assert await client.prompt.stream(1, "hello").text() == "Dear AdaDear Ada"
