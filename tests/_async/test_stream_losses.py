"""A prompt stream that fails, early or late: what was lost never looks like a whole answer.

Which error each fault of a connection or an answer gives is told by tests/faults/table.py.
"""

import pytest

from liminal import APIStatusError, StreamInterruptedError
from tests.faults.server import Exchange
from tests.support.streams import ADA, DEAR, FRAMED, LINES, SSE, STOP, begin, finish, lines, more

from .clients import served
from .reading import read

pytestmark = pytest.mark.anyio

SUBMIT = "/api/v1/prompts/submit"
REQUEST_ID = ("X-Request-Id", "r-1")


async def test_an_error_status_is_raised_each_time_and_its_body_never_content(client, sandbox):
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


async def test_the_idle_timeout_is_one_of_each_wait():
    def step(exchange: Exchange) -> None:
        begin(exchange)
        for text in (DEAR, ADA, DEAR, ADA, STOP):
            exchange.wait(0.1)
            more(exchange, lines(text))
        finish(exchange)

    async with served(step, timeout=0.4, deadline=0.4) as (client, _):
        assert await client.prompt.stream(1, "hello").text() == "Dear AdaDear Ada"
