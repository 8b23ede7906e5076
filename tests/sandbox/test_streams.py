"""Streamed answers in both formats."""

import json
import logging
from collections.abc import Iterator

import httpx
import pytest

from liminal.sandbox import Sandbox
from liminal.sandbox._settings import StreamFormat
from tests.sandbox.conftest import SUBMIT, THREADS, body, connect, data, log_in, wait_until

SDK_ACCEPT = "text/event-stream, application/x-ndjson"


def submit(client: httpx.Client, accept: str | None = None) -> httpx.Response:
    headers = {} if accept is None else {"Accept": accept}
    return client.post(SUBMIT, json=body(isStreaming=True), headers=headers)


def lines(answer: httpx.Response) -> list[dict[str, object]]:
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.split("\n")[:-1]]


def events(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    return answer.text.split("\n\n")[:-1]


def whole_text(chunks: list[dict[str, object]]) -> str:
    return "".join(str(chunk["content"]) for chunk in chunks)


def test_ndjson_is_one_chunk_a_line_and_the_last_has_the_reason(client: httpx.Client) -> None:
    chunks = lines(submit(client, "application/x-ndjson"))
    assert [chunk["finishReason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert len(chunks) > 5


def test_the_chunks_together_are_the_model_s_words(client: httpx.Client) -> None:
    whole = data(client.post(SUBMIT, json=body()))
    assert isinstance(whole, dict)
    assert whole_text(lines(submit(client))) == whole["rawLLMResponseText"]


def test_sse_has_the_same_chunks_as_data_and_closes_with_done(client: httpx.Client) -> None:
    *chunks, done = events(submit(client, "text/event-stream"))
    assert done == "data: [DONE]"
    parsed = [json.loads(chunk.removeprefix("data: ")) for chunk in chunks]
    assert parsed == lines(submit(client, "application/x-ndjson"))


@pytest.mark.parametrize(
    ("accept", "sse"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        (SDK_ACCEPT, True),
        ("application/x-ndjson, Text/Event-Stream", True),
        ("text/event-stream;q=0.5, application/x-ndjson", False),
        ("text/event-stream; charset=utf-8; q=0.9, application/x-ndjson;q=0.8", True),
        ("text/event-stream;q=0", False),
        ("text/event-stream;q=high", False),
    ],
)
def test_accept_chooses_the_format(client: httpx.Client, accept: str | None, sse: bool) -> None:
    content_type = submit(client, accept).headers["content-type"]
    assert content_type.startswith("text/event-stream") is sse


@pytest.mark.parametrize(
    ("stream_format", "content_type"),
    [("sse", "text/event-stream; charset=utf-8"), ("ndjson", "application/x-ndjson")],
)
def test_the_format_can_be_fixed(stream_format: StreamFormat, content_type: str) -> None:
    with Sandbox(stream_format=stream_format) as sandbox, connect(sandbox) as client:
        log_in(client)
        for accept in ("text/event-stream", "application/x-ndjson"):
            assert submit(client, accept).headers["content-type"] == content_type


def test_a_streamed_submit_is_a_turn_of_its_thread(client: httpx.Client) -> None:
    request = {"name": "n", "modelInstanceId": 1, "source": "sdk"}
    thread = data(client.post(THREADS, json=request))
    assert isinstance(thread, dict)
    client.post(SUBMIT, json=body(isStreaming=True, threadId=thread["id"]))
    after = client.get(f"{THREADS}/{thread['id']}").json()["data"]
    assert len(after["chats"]) == 1


def test_a_stream_rolls_the_session_and_has_a_request_id(client: httpx.Client) -> None:
    answer = submit(client)
    assert answer.headers["set-cookie"].startswith("session=")
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("answer", ["", " \n "])
def test_an_answer_without_words_is_one_chunk(answer: str) -> None:
    with Sandbox(model=lambda _: answer) as sandbox, connect(sandbox) as client:
        log_in(client)
        assert lines(submit(client)) == [{"content": answer, "finishReason": "stop"}]


def test_a_lone_surrogate_comes_out_as_it_came_in() -> None:
    with Sandbox(model=lambda _: "\ud800") as sandbox, connect(sandbox) as client:
        log_in(client)
        assert r"\ud800" in submit(client).text


def test_chunks_can_be_slowed_down_and_come_one_by_one() -> None:
    with Sandbox(chunk_delay=0.01) as sandbox, connect(sandbox) as client:
        log_in(client)
        with client.stream("POST", SUBMIT, json=body(isStreaming=True)) as answer:
            pieces: Iterator[bytes] = answer.iter_raw()
            assert next(pieces).count(b"\n") == 1
            sandbox.chunk_delay = 0
            assert b"stop" in b"".join(pieces)
    assert sandbox.chunk_delay == 0


def test_a_stream_can_be_cut(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fail_next_stream(after=2)
    chunks = lines(submit(client))
    assert len(chunks) == 2
    assert all(chunk["finishReason"] is None for chunk in chunks)
    assert lines(submit(client))[-1]["finishReason"] == "stop"


def test_a_cut_stream_has_neither_finish_nor_done(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fail_next_stream(after=1_000)
    answer = submit(client, "text/event-stream")
    assert "stop" not in answer.text
    assert "[DONE]" not in answer.text


def test_a_stream_can_end_in_an_error_event(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fail_next_stream(message="too hot")
    assert events(submit(client, "text/event-stream")) == [
        'event: error\ndata: {"message":"too hot"}'
    ]


def test_a_stream_s_client_may_leave(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.chunk_delay = 0.01
    with client.stream("POST", SUBMIT, json=body(isStreaming=True)) as answer:
        next(answer.iter_raw())
    sandbox.chunk_delay = 0
    assert submit(client).status_code == 200


def test_nothing_is_sent_to_a_client_that_has_left(caplog: pytest.LogCaptureFixture) -> None:
    """asyncio logs a warning for each chunk that is written to a lost connection."""
    with Sandbox(model=lambda _: "word " * 20_000) as sandbox, connect(sandbox) as client:
        log_in(client)
        with client.stream("POST", SUBMIT, json=body(isStreaming=True)) as answer:
            next(answer.iter_raw())
        wait_until(lambda: not sandbox.connections)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
