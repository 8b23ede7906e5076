"""Reports of calls: each call, login and stream gives one, and what it says is so."""

from collections.abc import Awaitable, Callable

import pytest

from liminal import Client
from liminal.auth import Token
from liminal_api.api.llm import list_model_instances
from liminal_api.api.prompt import submit_prompt
from liminal_api.models import SubmitRequest
from tests.faults.server import Exchange
from tests.support.service import TOKEN_LOGIN, answer, in_renewal
from tests.support.streams import DEAR, begin, chunk, lines
from tests.support.tasks import TaskGroup
from tests.support.turns import turn

from .clients import served
from .reporting import Reports, failing, only, told
from .session_service import Service
from .waiting import until

# ---- what is done with a client

Use = Callable[[Client], Awaitable[None]]
BODY = SubmitRequest(model_instance_id=1, text="hello")


async def analyze(client: Client) -> None:
    await client.prompt.analyze(1, "Write to Ada")


async def list_by_api(client: Client) -> None:
    await list_model_instances.asyncio(client=client.api)


async def read(client: Client) -> None:
    await client.prompt.stream(1, "hello").text()


async def leave(client: Client) -> None:
    async for _ in client.prompt.stream(1, "hello"):
        break


async def close(client: Client) -> None:
    stream = client.prompt.stream(1, "hello")
    async for _ in stream:
        await stream.close()


async def leave_hydrated(client: Client) -> None:
    stream = client.prompt.stream(1, "hello", thread_id=7, hydrate=True)
    async for _ in stream:
        stream._next_ready()  # the last chunk needs a call first
        await stream.close()


async def read_raw(client: Client) -> None:
    async with submit_prompt.asyncio_stream(client=client.api, body=BODY) as response:
        await response.aread()


async def leave_raw(client: Client) -> None:
    async with submit_prompt.asyncio_stream(client=client.api, body=BODY):
        pass


BUSY = {"headers": {"retry-after": "0.02"}}
BAD = {"status": 400, "headers": {"x-request-id": "r-1"}}
GOOD = {"status": 200, "error": None, "cancelled": False, "renewed": False, "is_login": False}
REFUSED = {"status": 400, "error": "APIStatusError", "attempts": 1, "request_id": "r-1"}
LEFT = {"cancelled": True, "error": None, "is_stream": True}


@pytest.mark.parametrize(
    ("step", "failure", "fields"),
    [
        (analyze, {}, {**GOOD, "operation": "analyze_prompt", "attempts": 1, "chunks": None}),
        (analyze, {}, {"is_stream": False, "seconds_to_first_chunk": None}),
        (analyze, {"status": 503, "times": 2, **BUSY}, {**GOOD, "attempts": 3}),
        (analyze, BAD, REFUSED),
        (list_by_api, {}, {**GOOD, "operation": "list_model_instances", "bytes_sent": 0}),
        (read, {}, {**GOOD, "operation": "submit_prompt", "is_stream": True}),
        (read, {"status": 429, **BUSY}, {**GOOD, "attempts": 2}),
        (read, BAD, {**REFUSED, "chunks": 0, "seconds_to_first_chunk": None}),
        (leave, {}, {**LEFT, "chunks": 1}),
        (close, {}, {**LEFT, "chunks": 1}),
        (read_raw, {}, {**GOOD, "is_stream": True, "chunks": None}),
        (read_raw, BAD, {**REFUSED, "is_stream": True}),
        (leave_raw, {}, LEFT),
    ],
)
async def test_a_call_gives_one_report(*, client, reports, sandbox, step, failure, fields):
    if failure:
        sandbox.fail_next(**failure)
    await failing(lambda: step(client))
    report = only(reports)
    assert told(report, fields) == fields
    assert 0.02 * (report.attempts - 1) <= report.seconds_waiting < report.seconds
    size = int(dict(sandbox.requests[-1].headers).get("content-length", 0))
    assert report.bytes_sent == report.attempts * size
    assert report.bytes_received > 0 or step is leave_raw


HOLDS_TEXT_BACK = turn(end=lines(chunk("Dear "), chunk("PERSON_0", "stop")))


def cut(exchange: Exchange) -> None:
    begin(exchange, lines(DEAR))
    exchange.close()


@pytest.mark.parametrize(
    ("answers", "step", "fields"),
    [
        (cut, read, {"error": "StreamInterruptedError", "chunks": 1, "cancelled": False}),
        (cut, read_raw, {"error": "APIConnectionError", "cancelled": False}),
        (HOLDS_TEXT_BACK, leave_hydrated, {"cancelled": True, "chunks": 1}),
    ],
)
async def test_a_stream_that_does_not_end_is_reported_with_its_reason(answers, step, fields):
    reports: Reports = []
    async with served(answers) as (client, _):
        client.on_call(reports.append)
        await failing(lambda: step(client))
    assert told(reports[-1], fields) == fields


async def test_a_stream_is_reported_at_its_end_with_its_chunks(client, reports):
    stream = client.prompt.stream(1, "hello")
    chunks = [chunk async for chunk in stream]
    report = only(reports)
    assert report.chunks == len(chunks)
    assert 0 < (report.seconds_to_first_chunk or 0) <= report.seconds
    assert report.bytes_received > sum(len(chunk.content) for chunk in chunks)
    await stream.close()
    assert len(reports) == 1


async def test_reading_a_stream_that_was_closed_before_it_was_sent_is_no_call(client, reports):
    stream = client.prompt.stream(1, "hello")
    await stream.close()
    await failing(stream.text)
    assert reports == []


async def test_the_bytes_of_a_raw_stream_are_counted(client, reports):
    async with submit_prompt.asyncio_stream(client=client.api, body=BODY) as response:
        content = b"".join([part async for part in response.aiter_raw()])
    report = only(reports)
    assert report.bytes_received == len(content)
    assert report.seconds_to_first_chunk is not None


async def test_an_invalid_answer_is_an_error_of_the_call():
    service, reports = Service(), Reports()
    client = service.client()
    service.next_answers.append(answer(content=b'{"data": [7]}'))
    client.on_call(reports.append)
    await failing(client.thread.get_available)
    assert [(r.status, r.error) for r in reports] == [(200, None), (200, "ResponseValidationError")]


async def test_a_status_is_that_of_the_last_request(client, reports, sandbox):
    sandbox.fail_next(503, headers={"retry-after": "0"})
    sandbox.drop_next(times=2)
    await failing(client.thread.get_available)
    report = only(reports)
    assert (report.status, report.error, report.attempts) == (None, "APIConnectionError", 3)


# ---- logins


async def test_a_login_has_a_report_of_its_own_before_that_of_its_call(sandbox):
    reports = Reports()
    async with Client(sandbox.url, auth=Token(sandbox.token)) as client:
        client.on_call(reports.append)
        await client.thread.get_available()
        sandbox.expire_sessions()
        await client.thread.get_available()
    for login, call in (reports[:2], reports[2:]):
        assert (login.is_login, login.operation) == (True, "login_with_environment_token")
        assert (call.is_login, call.renewed, login.renewed) == (False, True, False)
        assert (call.status, call.attempts) == (200, 1)
        assert login.seconds <= call.seconds_waiting < call.seconds


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        (Token("wrong"), [(True, "AuthError", 401, 1), (False, "AuthError", None, 0)]),
        (None, [(False, "AuthError", None, 0)]),
    ],
)
async def test_a_call_whose_login_fails_was_not_attempted(sandbox, auth, said):
    reports = Reports()
    async with Client(sandbox.url, auth=auth) as client:
        client.on_call(reports.append)
        await failing(client.thread.get_available)
    assert [(r.is_login, r.error, r.status, r.attempts) for r in reports] == said


async def test_waiting_for_another_call_s_sign_in_is_reported():
    service, reports = Service(), Reports()
    client = service.client()
    client.on_call(reports.append)
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            for _ in range(3):
                tasks.start(client.thread.get_available)
            await until(lambda: in_renewal(client) == 3)
    calls = [report for report in reports if not report.is_login]
    assert [(report.renewed, report.attempts) for report in calls] == [(True, 1)] * 3
    assert all(report.seconds_waiting > 0 for report in calls)
    assert len(reports) == 4
