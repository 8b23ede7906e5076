"""Events that no API should send, but that some servers send."""

from typing import Any

import pytest

from liminal.integrations._protection.events.chat import ChatEvents
from liminal.integrations._protection.events.messages import MessageEvents
from liminal.integrations._protection.events.responses import ResponseEvents

from .driving import ADA, Service, chat, incoming, sse, through


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": "PERSON"},
        {"choices": [None, "x", {"index": [0], "delta": {"content": "x"}}]},
        {"choices": [{"delta": {"tool_calls": [None, {"index": {}, "function": "x"}]}}]},
        {"type": "content_block_delta", "index": [0], "delta": {"type": "text_delta", "text": 5}},
        {"type": "response.output_text.delta", "item_id": [0], "delta": "x"},
    ],
)
def test_events_of_an_unexpected_form_are_unchanged(chunk: Any) -> None:
    for kind in (ChatEvents, ResponseEvents, MessageEvents):
        hydrator = kind(incoming())
        assert Service().run(hydrator.feed(sse(chunk))).startswith(b"data: ")


@pytest.mark.parametrize(
    "delta",
    [
        {"content": [{"type": "text", "text": "PERSON_0"}]},
        {"annotations": [{"url_citation": {"title": "PERSON_0"}}]},
        {"audio": {"transcript": "PERSON_0"}},
    ],
)
def test_a_field_that_is_not_streamed_is_hydrated_as_a_whole(delta: Any) -> None:
    made = Service().run(ChatEvents(incoming()).feed(sse(chat(delta))))
    assert ADA.encode() in made
    assert b"PERSON" not in made


def test_a_byte_order_mark_stays_before_the_first_event() -> None:
    data = b"\xef\xbb\xbf" + sse(chat({"content": "PERSON"})) + sse(chat({"content": "_0."}))
    assert ADA.encode() in Service().run(ChatEvents(incoming()).feed(data))


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (sse(chat({"content": "_0"})).strip(), ADA),  # the empty line is optional
        (b"dat", ""),  # cut off: half a placeholder is never shown
        (b"", "PERSON"),
    ],
)
def test_the_last_event_needs_no_empty_line(last: bytes, text: str) -> None:
    made = through(ChatEvents(incoming()), sse(chat({"content": "PERSON"})) + last, [])
    texts = [one["choices"][0]["delta"]["content"] for one in made]
    assert "".join(texts) == text
