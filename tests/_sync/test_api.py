# Derived from tests/_async/test_api.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""client.api: any operation runs with the client's session, renewal, retries and errors."""

import gc
import gzip
from collections.abc import Callable
from functools import partial

import pytest

from liminal import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    LiminalError,
    ResponseValidationError,
)
from liminal_api.api.auth import get_current_user
from liminal_api.api.llm import list_model_instances
from liminal_api.api.prompt import analyze_prompt, submit_prompt
from liminal_api.api.thread import get_thread, list_threads
from liminal_api.models import AnalyzeRequest, ModelInstance, SubmitRequest
from tests.faults.server import Exchange, FaultServer
from tests.support.growth import operation
from tests.support.streams import ADA, DEAR, STOP, begin, lines, streaming
from tests.support.tasks import ThreadGroup

from .clients import client_of, leaves_nothing, served
from .waiting import settle, until

BODY = SubmitRequest(model_instance_id=1, text="hello", is_streaming=True)


def stalls(exchange: Exchange) -> None:
    begin(exchange, lines(DEAR))
    exchange.wait_for_hangup()


def cuts(exchange: Exchange) -> None:
    begin(exchange, lines(DEAR))
    exchange.close()


# ---- whole answers


def test_an_operation_returns_its_typed_answer_or_the_whole_response(client):
    answer = list_model_instances.sync(client=client.api)
    assert [type(one) for one in answer.data] == [ModelInstance, ModelInstance]

    body = AnalyzeRequest(model_instance_id=1, text="Ada Lovelace")
    response = analyze_prompt.sync_detailed(client=client.api, body=body)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.content.startswith(b'{"data":')
    assert response.parsed.data.findings[0].text == "Ada Lovelace"


def test_the_session_is_renewed_and_failures_are_retried(client, sandbox):
    response = get_current_user.sync_detailed(client=client.api)
    assert (response.status_code, sandbox.renewals) == (200, 1)
    sandbox.expire_sessions()
    sandbox.fail_next(429, path="/api/v1/threads", headers={"Retry-After": "0"})
    assert list_threads.sync(client=client.api).data
    assert sandbox.logins == 2


def test_a_retry_costs_five_tokens_and_a_call_without_one_pays_one_back(client, sandbox):
    bucket = client.api.runner.bucket
    list_threads.sync(client=client.api)
    bucket.spent = 100
    sandbox.fail_next(429, headers={"Retry-After": "0"})
    for spent in (105, 104):
        list_threads.sync(client=client.api)
        assert bucket.spent == spent


def test_an_operation_raises_errors_of_this_package(client, sandbox):
    with pytest.raises(APIStatusError, match="get_thread: the service answered 404") as caught:
        get_thread.sync(4711, client=client.api)
    assert caught.value.operation == "get_thread"
    sandbox.fail_next(200, path="/api/v1/threads", body={"data": [{}]})
    with pytest.raises(ResponseValidationError) as invalid:
        list_threads.sync(client=client.api)
    assert invalid.value.path == "$.data[0].id"


def test_the_other_variant_s_functions_are_refused(client, sandbox):
    asked = {"asyncio", "sync"} - {list_threads.sync.__name__}
    call = getattr(list_threads, asked.pop())
    asked = {"asyncio_stream", "stream"} - {submit_prompt.stream.__name__}
    stream = getattr(submit_prompt, asked.pop())
    ticks = operation("watch_ticks")
    asked = {"asyncio_iterate", "iterate"} - {ticks.iterate.__name__}
    iterate = getattr(ticks, asked.pop())
    steps: list[Callable[[], object]] = [
        lambda: call(client=client.api).send(None),  # the first step, if it is a coroutine
        lambda: stream(client=client.api, body=BODY),
        lambda: iterate(client=client.api),
    ]
    for step in steps:
        with pytest.raises(LiminalError, match=r"this is the api of a (Sync)?Client: call the"):
            step()
    assert sandbox.requests == []


# ---- streams


def test_a_raw_stream_yields_lines_and_ends_with_its_block(client):
    with submit_prompt.stream(client=client.api, body=BODY) as response:
        assert (response.status_code, response.is_closed) == (200, False)
        found = [line for line in response.iter_lines() if line]
    assert response.is_closed
    assert found[-1] == "data: [DONE]"
    chunk = submit_prompt.parse_chunk(found[0].removeprefix("data: ").encode())
    assert chunk.content == "Thank "


def test_a_raw_stream_that_was_read_returns_its_connection():
    with served(streaming(lines(DEAR, ADA, STOP))) as (client, server):
        for _ in range(2):
            with submit_prompt.stream(client=client.api, body=BODY) as response:
                assert response.read() == lines(DEAR, ADA, STOP)
            with submit_prompt.stream(client=client.api, body=BODY) as response:
                assert b"".join([part for part in response.iter_raw()])
    assert server.accepted == 1
    settle()


def test_a_raw_stream_left_unread_closes_its_connection():
    with (
        leaves_nothing(client_of, stalls) as client,
        submit_prompt.stream(client=client.api, body=BODY),
    ):
        pass


@pytest.mark.parametrize(
    "parts",
    [
        lambda response: response.iter_raw(),
        lambda response: response.iter_bytes(2),
        lambda response: response.iter_text(),
        lambda response: response.iter_lines(),
    ],
)
def test_the_loop_over_a_raw_stream_can_be_left(parts):  # trio would warn of a generator
    with (
        leaves_nothing(client_of, stalls) as client,
        submit_prompt.stream(client=client.api, body=BODY) as response,
    ):
        for part in parts(response):
            assert part
            break
    del response
    gc.collect()


def test_a_raw_stream_can_be_left_while_another_reads_it():
    def read(response, found):
        for part in response.iter_bytes():
            found.append(part)

    found: list[bytes] = []
    with (
        leaves_nothing(client_of, stalls) as client,
        ThreadGroup() as tasks,
        submit_prompt.stream(client=client.api, body=BODY) as response,
    ):
        reader = tasks.start(partial(read, response, found))
        until(lambda: found)
    assert found == [lines(DEAR)]
    assert isinstance(reader.error, APIConnectionError)


def test_the_parts_of_a_raw_stream_can_be_closed():
    with (
        leaves_nothing(client_of, stalls) as client,
        submit_prompt.stream(client=client.api, body=BODY) as response,
    ):
        parts = response.iter_raw()
        assert next(parts) == lines(DEAR)
        parts.close()
        assert [part for part in parts] == []


def test_a_stream_that_is_refused_is_an_error_of_ours(client, sandbox):
    sandbox.fail_next(404, path="/api/v1/prompts/submit")
    with pytest.raises(APIStatusError, match="404"):
        with submit_prompt.stream(client=client.api, body=BODY):
            pytest.fail("there is no stream")


@pytest.mark.parametrize(
    ("step", "kind", "problem"),
    [(cuts, APIConnectionError, "lost"), (stalls, APITimeoutError, "within the timeout")],
)
def test_a_stream_that_breaks_off_is_an_error_of_ours(step, kind, problem):
    with (
        leaves_nothing(client_of, step, timeout=0.5) as client,
        submit_prompt.stream(client=client.api, body=BODY) as response,
    ):
        with pytest.raises(kind, match=problem) as caught:
            response.read()
    assert caught.value.may_have_been_processed
    assert caught.value.__context__ is None


def test_a_stream_that_its_content_coding_does_not_fit_is_an_error_of_ours():
    step = streaming(lines(DEAR), headers=[("Content-Encoding", "gzip")])
    problem = "not valid gzip, which is its content coding"
    with FaultServer(step) as server:
        with (
            client_of(server) as client,
            submit_prompt.stream(client=client.api, body=BODY) as response,
        ):
            with pytest.raises(ResponseValidationError, match=problem) as caught:
                response.read()
    assert caught.value.operation == "submit_prompt"
    assert caught.value.__context__ is None


def test_a_stream_whose_content_coding_is_cut_off_is_an_error_of_ours():
    packed = gzip.compress(lines(DEAR))
    step = streaming(packed[:-1], headers=[("Content-Encoding", "gzip")])
    with FaultServer(step) as server:
        with (
            client_of(server) as client,
            submit_prompt.stream(client=client.api, body=BODY) as response,
        ):
            found = iter(response.iter_lines())
            assert next(found) == DEAR
            with pytest.raises(APIConnectionError, match="in the middle of its gzip data"):
                next(found)
