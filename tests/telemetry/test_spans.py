"""One span per call: its duration, attributes and parent, and the headers of requests."""

import logging
import threading
from functools import partial
from typing import Any

import anyio
import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace.sampling import Sampler
from opentelemetry.trace import SpanKind, StatusCode

from liminal import Client, LiminalError, SyncClient, telemetry
from liminal.auth import Token
from liminal.sandbox import Sandbox
from liminal_api.api.prompt import submit_prompt
from tests.faults import steps
from tests.faults.operations import OPERATIONS
from tests.faults.server import Exchange, FaultServer, good
from tests.faults.variants import Variant

from .recording import LOGIN, Recording, attributes, carried, events, id_of, parent_of

UNAVAILABLE = steps.status(503, headers=[("Retry-After", "0")])


def test_a_span_covers_a_call_with_its_retries(sdk: Variant, recording: Recording) -> None:
    with FaultServer(UNAVAILABLE, good) as server:
        client = recording.instrument(sdk.client(server.url))
        sdk.run(OPERATIONS["analyze_prompt"](client))
        sent = server.calls
    span = recording.span("analyze_prompt")
    assert span.kind is SpanKind.CLIENT
    assert span.status.status_code is StatusCode.UNSET
    retry = ("liminal.retry", {"liminal.retry.delay": 0.0, "error.type": "APIStatusError"})
    assert events(span) == [("liminal.session_renewed", {}), retry]
    assert [carried(request.headers) for request in sent] == [id_of(span)] * 2
    said = attributes(span)
    assert said.pop("liminal.waiting") >= 0
    assert said == {
        "http.request.method": "POST",
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
        "liminal.attempts": 2,
        "liminal.operation": "analyze_prompt",
        "server.address": "127.0.0.1",
        "server.port": int(server.url.rpartition(":")[2]),
        "url.template": "/api/v1/prompts/analyze",
    }


def test_a_login_is_a_child_of_the_call_that_needs_it(sdk: Variant, recording: Recording) -> None:
    with FaultServer() as server:
        client = recording.instrument(sdk.client(server.url))
        sdk.run(OPERATIONS["list_threads"](client))
        (login,) = server.logins
    assert [span.name for span in recording.spans] == [LOGIN, "list_threads"]
    assert parent_of(recording.span(LOGIN)) == id_of(recording.span("list_threads"))
    assert carried(login.headers) == id_of(recording.span(LOGIN))


def test_a_renewal_is_an_event_and_a_second_request(sdk: Variant, recording: Recording) -> None:
    with Sandbox() as sandbox:
        client = sdk.client(sandbox.url, auth=Token(sandbox.token))
        sdk.run(OPERATIONS["list_threads"](client))
        recording.instrument(client)
        sandbox.expire_sessions()
        sdk.run(OPERATIONS["list_threads"](client))
        sent = [request for request in sandbox.requests if request.path.endswith("/threads")]
    span = recording.span("list_threads")
    assert events(span) == [("liminal.session_renewed", {})]
    assert attributes(span)["http.request.resend_count"] == 1
    assert attributes(span)["liminal.request_id"] == sent[-1].request_id
    assert [carried(request.headers) for request in sent[1:]] == [id_of(span)] * 2


def test_an_error_is_named(sdk: Variant, recording: Recording) -> None:
    with FaultServer(steps.status(400)) as server:
        client = recording.instrument(sdk.client(server.url))
        with pytest.raises(LiminalError):
            sdk.run(OPERATIONS["list_threads"](client))
    span = recording.span("list_threads")
    assert span.status.status_code is StatusCode.ERROR
    assert attributes(span)["error.type"] == "APIStatusError"
    assert attributes(span)["http.response.status_code"] == 400


# ---- a model's answers


def test_a_submit_is_a_chat(sdk: Variant, recording: Recording) -> None:
    with Sandbox() as sandbox:
        client = recording.instrument(sdk.client(sandbox.url, auth=Token(sandbox.token)))
        answer = sdk.run(lambda: client.prompt.submit(1, "hello"))
    said = attributes(recording.span("chat"))
    assert said["liminal.operation"] == submit_prompt.OPERATION.id
    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.provider.name"] == "liminal"
    assert said["gen_ai.response.model"] == answer.llm_model
    assert said["gen_ai.conversation.id"] == str(answer.thread_id)
    assert "gen_ai.request.stream" not in said


def test_a_streamed_chat_records_the_time_to_its_first_chunk(
    sdk: Variant, recording: Recording
) -> None:
    with FaultServer() as server:
        client = recording.instrument(sdk.client(server.url))
        sdk.chunks(client.prompt.stream(1, "hello"))
        (sent,) = server.calls
    span = recording.span("chat")
    said = attributes(span)
    assert said["gen_ai.request.stream"] is True
    assert said["gen_ai.response.time_to_first_chunk"] > 0
    assert carried(sent.headers) == id_of(span)


def test_an_abandoned_stream_is_recorded_as_cancelled(sdk: Variant, recording: Recording) -> None:
    with FaultServer() as server:
        client = recording.instrument(sdk.client(server.url))
        stream = client.prompt.stream(1, "hello")
        next(sdk.each(stream))
        sdk.run(stream.close)
    span = recording.span("chat")
    assert attributes(span)["liminal.cancelled"] is True
    assert span.status.status_code is StatusCode.UNSET


# ---- parents


def test_the_calls_of_a_conversation_are_children_of_the_program_s_span(
    sdk: Variant, recording: Recording
) -> None:
    with Sandbox() as sandbox:
        client = recording.instrument(sdk.client(sandbox.url, auth=Token(sandbox.token)))
        with recording.tracer.start_as_current_span("request") as request:
            conversation = client.conversation(1)
            sdk.run(lambda: conversation.submit("Write to Ada Lovelace"))
            sdk.chunks(conversation.stream("And to Charles Babbage"))
    calls = [span for span in recording.spans if span.name not in {LOGIN, "request"}]
    assert {span.name for span in calls} >= {"create_thread", "chat"}
    assert {parent_of(span) for span in calls} == {id_of(request)}
    chats = [attributes(span) for span in calls if span.name == "chat"]
    assert [said["gen_ai.conversation.id"] for said in chats] == [str(conversation.thread_id)] * 2


def test_concurrent_threads_have_separate_spans(recording: Recording) -> None:
    meet = threading.Barrier(4)

    def wait(exchange: Exchange) -> None:
        meet.wait()
        exchange.good()

    def handle(client: SyncClient) -> None:
        with recording.tracer.start_as_current_span("request"):
            client.thread.get_available()

    with FaultServer(wait) as server, SyncClient(server.url, auth=Token("a-token")) as client:
        recording.instrument(client)
        threads = [threading.Thread(target=handle, args=(client,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sent = server.calls
    check_pairs(recording, [carried(request.headers) for request in sent])


async def test_concurrent_tasks_have_separate_spans(recording: Recording) -> None:
    meet = threading.Barrier(4)

    def wait(exchange: Exchange) -> None:
        meet.wait()
        exchange.good()

    async def handle(client: Client) -> None:
        with recording.tracer.start_as_current_span("request"):
            await client.thread.get_available()

    with FaultServer(wait) as server:
        async with Client(server.url, auth=Token("a-token")) as client:
            recording.instrument(client)
            async with anyio.create_task_group() as tasks:
                for _ in range(4):
                    tasks.start_soon(handle, client)
        sent = server.calls
    check_pairs(recording, [carried(request.headers) for request in sent])


def check_pairs(recording: Recording, sent: list[str]) -> None:
    """Each request is in the span of its call, and was sent once."""
    requests = {id_of(span) for span in recording.spans if span.name == "request"}
    calls = [span for span in recording.spans if span.name == "list_threads"]
    assert {parent_of(span) for span in calls} == requests
    assert sorted(id_of(span) for span in calls) == sorted(sent)
    assert len(requests) == len(sent) == 4


def test_the_spans_of_an_instrumented_http_library_are_children_of_the_call_s(
    sdk: Variant, recording: Recording
) -> None:
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(**recording.providers)
    try:
        with FaultServer() as server:
            client = recording.instrument(sdk.client(server.url))
            sdk.run(OPERATIONS["list_threads"](client))
            (sent,) = server.calls
    finally:
        instrumentor.uninstrument()
    (http,) = [span for span in recording.spans if span.name == "GET"]
    assert parent_of(http) == id_of(recording.span("list_threads"))
    assert carried(sent.headers) == id_of(http)


# ---- what is instrumented


def test_nothing_is_recorded_after_uninstrument(sdk: Variant, recording: Recording) -> None:
    with FaultServer() as server:
        client = recording.instrument(sdk.client(server.url))
        telemetry.uninstrument(client)
        telemetry.uninstrument(client)
        sdk.run(OPERATIONS["list_threads"](client))
        assert "traceparent" not in server.calls[0].headers
    assert recording.spans == []


def test_a_client_that_is_instrumented_twice_has_one_span_per_call(
    sdk: Variant, recording: Recording
) -> None:
    other = Recording()
    with FaultServer() as server:
        client = recording.instrument(other.instrument(sdk.client(server.url)))
        telemetry.instrument_all(**other.providers)
        try:
            sdk.run(OPERATIONS["list_threads"](client.with_options(timeout=5)))
        finally:
            telemetry.uninstrument_all()
    assert [span.name for span in recording.spans] == [LOGIN, "list_threads"]
    assert other.spans == []


def test_anything_but_a_client_is_refused(recording: Recording) -> None:
    nothing: Any = object()
    for step in (telemetry.instrument, telemetry.uninstrument):
        with pytest.raises(LiminalError, match="only a Client or a SyncClient"):
            step(nothing)


@pytest.mark.parametrize("name", ["tracer_provider", "meter_provider"])
def test_anything_but_a_provider_is_refused(sdk: Variant, recording: Recording, name: str) -> None:
    client = recording.instrument(sdk.client("https://api.example"))
    wrong: dict[str, Any] = {name: "global"}
    for step in (partial(telemetry.instrument, client), telemetry.instrument_all):
        with pytest.raises(LiminalError, match=f"{name} must be one of OpenTelemetry's"):
            step(**wrong)


class Broken(Sampler):
    """Fails at each call."""

    def should_sample(self, *_: Any, **__: Any) -> Any:
        raise KeyError("no sample")

    def get_description(self) -> str:
        return "broken"


def test_telemetry_that_fails_breaks_no_call(
    sdk: Variant, recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "liminal")
    recording.tracer_provider.sampler = Broken()
    with FaultServer() as server:
        client = recording.instrument(sdk.client(server.url))
        sdk.run(OPERATIONS["list_threads"](client))
    assert caplog.messages == ["telemetry raised KeyError"] * 2
