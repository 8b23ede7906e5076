"""Streamed answers in both formats."""

import json
import logging
from collections.abc import Iterator

import httpx
import pytest

from tests._sync.waiting import until

from .conftest import body, data, serving
from .paths import SUBMIT

SSE, NDJSON = "text/event-stream", "application/x-ndjson"


def submit(client: httpx.Client, accept: str | None = None) -> httpx.Response:
    headers = {} if accept is None else {"Accept": accept}
    return client.post(SUBMIT, json=body(isStreaming=True), headers=headers)


def lines(answer: httpx.Response) -> list[dict[str, object]]:
    assert answer.headers["content-type"] == NDJSON
    return [json.loads(line) for line in answer.text.split("\n")[:-1]]


def events(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"].startswith(SSE)
    return answer.text.split("\n\n")[:-1]


def test_ndjson_has_one_chunk_per_line_and_ends_with_the_finish_reason(client):
    whole = data(client.post(SUBMIT, json=body()))
    chunks = lines(submit(client))
    assert "".join(str(chunk["content"]) for chunk in chunks) == whole["rawLLMResponseText"]
    assert [chunk["finishReason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert len(chunks) > 5


def test_sse_has_the_same_chunks_and_ends_with_done(client):
    *chunks, done = events(submit(client, SSE))
    assert done == "data: [DONE]"
    parsed = [json.loads(chunk.removeprefix("data: ")) for chunk in chunks]
    assert parsed == lines(submit(client, NDJSON))


@pytest.mark.parametrize(
    ("accept", "sse"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        ("text/event-stream, application/x-ndjson", True),  # the SDK's
        ("application/x-ndjson, Text/Event-Stream", True),
        ("text/event-stream;q=0.5, application/x-ndjson", False),
        ("text/event-stream; charset=utf-8; q=0.9, application/x-ndjson;q=0.8", True),
        ("text/event-stream;q=0", False),
        ("text/event-stream;q=high", False),
    ],
)
def test_accept_chooses_the_format(client, accept, sse):
    assert submit(client, accept).headers["content-type"].startswith(SSE) is sse


@pytest.mark.parametrize(
    ("stream_format", "content_type"), [("sse", f"{SSE}; charset=utf-8"), ("ndjson", NDJSON)]
)
def test_the_format_can_be_fixed(stream_format, content_type):
    with serving(stream_format=stream_format) as (_, client):
        for accept in (SSE, NDJSON):
            assert submit(client, accept).headers["content-type"] == content_type


def test_a_stream_rolls_the_session_and_has_a_request_id(client):
    answer = submit(client)
    assert answer.headers["set-cookie"].startswith("session=")
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("answer", ["", " \n ", "\ud800"])
def test_an_answer_without_words_is_one_unchanged_chunk(answer):
    with serving(model=lambda _: answer) as (_, client):
        assert lines(submit(client)) == [{"content": answer, "finishReason": "stop"}]


def test_chunks_can_be_slowed_down_and_come_one_by_one():
    with serving(chunk_delay=0.2) as (sandbox, client):
        with client.stream("POST", SUBMIT, json=body(isStreaming=True)) as answer:
            pieces: Iterator[bytes] = answer.iter_raw()
            assert next(pieces).count(b"\n") == 1
            sandbox.chunk_delay = 0
            assert b"stop" in b"".join(pieces)
        assert sandbox.chunk_delay == 0


@pytest.mark.parametrize(("after", "chunks"), [(2, 2), (1_000, 19)])
def test_the_next_stream_can_be_cut_off_without_finish_and_done(sandbox, client, after, chunks):
    sandbox.fail_next_stream(after=after)
    cut = submit(client, SSE)
    assert len(events(cut)) == chunks
    assert "stop" not in cut.text
    assert "[DONE]" not in cut.text
    assert lines(submit(client))[-1]["finishReason"] == "stop"


def test_a_stream_can_end_in_an_error_event(sandbox, client):
    sandbox.fail_next_stream(message="too hot")
    assert events(submit(client, SSE)) == ['event: error\ndata: {"message":"too hot"}']


@pytest.mark.parametrize("delay", [0, 0.01])
def test_nothing_is_sent_to_a_disconnected_client(caplog, delay):
    """asyncio logs a warning for each chunk that is written to a lost connection."""
    with serving(model=lambda _: "word " * 20_000, chunk_delay=delay) as (sandbox, client):
        with client.stream("POST", SUBMIT, json=body(isStreaming=True)) as answer:
            next(answer.iter_raw())
        until(lambda: not sandbox.connections)
        sandbox.chunk_delay = 0
        assert submit(client).status_code == 200
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
