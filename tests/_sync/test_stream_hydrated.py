# Derived from tests/_async/test_stream_hydrated.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""A hydrated stream: the original text in its chunks, as the service itself would put it back."""

from typing import Any

import pytest

from liminal import APIStatusError, LiminalError, StreamInterruptedError, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests.faults.server import Exchange
from tests.support.streams import begin, chunk, lines
from tests.support.tasks import ThreadGroup
from tests.support.turns import asked, turn

from .clients import read, served
from .waiting import until

HYDRATE = "/api/v1/prompts/hydrate"


@pytest.mark.parametrize(
    ("contents", "shown"),
    [
        (["Dear ", "PERSON_0, hello"], ["Dear ", "Ada Lovelace, hello", ""]),
        (["Dear PER", "SON", "_", "0", ", hello"], ["Dear ", "Ada Lovelace, hello", ""]),
        (["Dear ", "PERSON_0"], ["Dear ", "Ada Lovelace"]),
        (["PERSON_0 ", "and ", "PERSON_7"], ["Ada Lovelace ", "and ", "PERSON_7"]),
        (["a", "", "b"], ["a", "", "b", ""]),
    ],
)
def test_the_chunks_have_the_original_text(contents, shown):
    with served(turn(*contents)) as (client, _):
        stream = client.prompt.stream(1, "hello", thread_id=7, hydrate=True)
        assert read(stream) == (shown, None)
        assert stream.finish_reason == "stop"
        assert stream.text() == "".join(shown)
        assert stream.raw_text() == "".join(contents)


def test_the_text_is_what_the_service_makes_of_the_raw_text():
    with Sandbox(model=lambda prompt: f"{prompt}; PERSON\\_0! PERSON_9 (PERSON_1)") as sandbox:
        with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
            thread = client.thread.create(1, "Letters")
            prompt = "Write to Ada Lovelace and Alan Turing"
            stream = client.prompt.stream(1, prompt, thread_id=thread.id, hydrate=True)
            raw = stream.raw_text()
            whole = client.prompt.hydrate(1, raw, thread_id=thread.id)
            assert raw.startswith("Write to PERSON_0 and PERSON_1;")
            assert stream.text() == whole.text


def test_without_hydrate_raw_text_is_the_text(client):
    stream = client.prompt.stream(1, "Write to Ada Lovelace")
    assert "PERSON_0" in stream.raw_text()
    assert stream.raw_text() == stream.text()


def test_each_new_set_of_placeholders_takes_one_call():
    contents = ["PERSON_0 and PERSON_1 ", "PERSON_0 again ", "PERSON_7 ", "PERSON_7 PERSON_1 "]
    with served(turn(*contents)) as (client, server):
        client.prompt.stream(1, "hello", thread_id=7, hydrate=True).text()
    assert asked(server.calls) == ["PERSON_0\nPERSON_1", "PERSON_7"]
    assert [one.json["threadId"] for one in server.calls] == [7, 7, 7]


def test_ordinary_chunks_take_no_call_and_come_at_once():
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(chunk("Dear ")))
        exchange.wait_for_hangup()

    with served(step) as (client, server):
        for one in client.prompt.stream(1, "hello", thread_id=7, hydrate=True):
            assert one.content == "Dear "
            break
    assert asked(server.calls) == []


def test_a_call_that_fails_is_raised_after_the_chunks_before():
    with Sandbox(model=lambda _: "Dear you, PERSON_0 and more") as sandbox:
        sandbox.fail_next(403, path=HYDRATE)
        with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
            thread = client.thread.create(1, "Letters")
            stream = client.prompt.stream(1, "hello", thread_id=thread.id, hydrate=True)
            contents, error = read(stream)
            assert contents == ["Dear ", "you, "]
            assert isinstance(error, APIStatusError)
            with pytest.raises(APIStatusError):
                stream.text()


@pytest.mark.parametrize(
    ("contents", "partial"),
    [(["Dear PERSON_0, ", "and PERSON"], "Dear Ada Lovelace, and "), (["Dear PERSON_0"], "Dear ")],
)
def test_the_partial_text_of_an_interrupted_stream_is_hydrated(contents, partial):
    with served(turn(*contents, end=b"")) as (client, _):
        stream = client.prompt.stream(1, "hello", thread_id=7, hydrate=True)
        shown, error = read(stream)
        assert "".join(shown) == partial
        assert isinstance(error, StreamInterruptedError)
        assert error.partial_text == partial


@pytest.mark.parametrize(
    ("contents", "shown"),
    [(["Dear PERSON_0"], ["Dear ", "Ada Lovelace"]), (["Dear P"], ["Dear ", "P"]), (["a"], ["a"])],
)
def test_text_held_back_is_shown_at_an_end_without_a_reason(contents, shown):
    with served(turn(*contents, end=b"[DONE]\n")) as (client, _):
        stream = client.prompt.stream(1, "hello", thread_id=7, hydrate=True)
        assert read(stream) == (shown, None)
        assert stream.text() == "".join(shown)
        assert stream.finish_reason is None


def test_a_stream_closed_before_its_last_chunk_is_interrupted():
    with served(turn("Dear ", end=lines(chunk("PERSON_0", "stop")))) as (client, _):
        stream = client.prompt.stream(1, "hello", thread_id=7, hydrate=True)
        for one in stream:
            assert one.content == "Dear "
            stream._next_ready()  # the next needs a call first
            stream.close()
            break
        with pytest.raises(StreamInterruptedError) as caught:
            stream.text()
        assert caught.value.partial_text == "Dear "


def unanswered(exchange: Exchange) -> None:
    """Stream an answer, and never say what its placeholder stands for."""
    if exchange.request.path.endswith("/hydrate"):
        exchange.wait_for_hangup()
    turn("Dear ", "PERSON_0")(exchange)


def test_closing_a_stream_ends_its_hydrate_call():
    with served(unanswered, timeout=1000, deadline=1000) as (client, server):
        stream = client.prompt.stream(1, "hello", thread_id=7, hydrate=True)
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: asked(server.calls))
            stream.close()
        assert isinstance(reader.error, StreamInterruptedError)
        assert reader.error.partial_text == "Dear "


def test_closing_a_stream_just_before_its_hydrate_call_prevents_it():
    with served(unanswered, timeout=1000, deadline=1000) as (client, server):
        stream = client.prompt.stream(1, "hello", thread_id=7, hydrate=True)
        turn_of: Any = stream._turn
        begin = turn_of._api.begin

        def begin_meanwhile(operation: Any, request: Any) -> Any:
            if operation.id == "hydrate_prompt":
                stream._closed = True  # this and stop() is what close() does without a call
                turn_of.stop()
            return begin(operation, request)

        turn_of._api.begin = begin_meanwhile
        with pytest.raises(StreamInterruptedError):
            stream.text()
        assert asked(server.calls) == []


def test_hydrate_requires_a_thread(client):
    with pytest.raises(LiminalError, match="hydrate=True requires a thread_id"):
        client.prompt.stream(1, "hello", hydrate=True)
