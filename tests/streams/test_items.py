"""The items of any operation's stream, from the bytes of its answer in either format."""

import json
from typing import Any

import pytest

from liminal._streams.items import ItemDecoder
from liminal.errors import ResponseValidationError, StreamServerError
from liminal_api.errors import DecodeError

from .chunks import LINES, SSE

CONTEXT = {"operation": "watch", "request_id": "r-1", "attempts": 2}


def parse(item: bytes) -> Any:
    try:
        return json.loads(item)
    except ValueError:
        raise DecodeError("$", "should be JSON") from None


def decoder(content_type: str, *events: str) -> ItemDecoder[Any]:
    return ItemDecoder(parse, content_type, max_event_bytes=64, events=events, context=CONTEXT)


@pytest.mark.parametrize(
    ("content_type", "events", "body", "items", "finished"),
    [
        (LINES, ("*",), b'1\n\n \r\nnull\n0\n""\n', [1, None, 0, ""], False),
        (LINES, ("*",), b"1\n [DONE]\t\nno JSON\n", [1], True),
        (SSE, ("*",), b"event: a\ndata: 1\n\ndata: 2\n\nevent: b\ndata:\n\n", [1, 2], False),
        (SSE, ("a", "b"), b"event: a\ndata: 1\n\ndata: 2\n\nevent: b\ndata: 3\n\n", [1, 3], False),
        (SSE, ("message",), b"event: a\ndata: 1\n\ndata: 2\n\n", [2], False),
        (SSE, ("*",), b"data: 1\n\ndata: [DONE]\n\ndata: no JSON\n\n", [1], True),
    ],
)
def test_items_come_from_lines_and_the_named_events(content_type, events, body, items, finished):
    items_of = decoder(content_type, *events)
    found = list(items_of.feed(body))
    assert [(item.value, item.content) for item in found] == [(item, "") for item in items]
    assert items_of.finished == finished


@pytest.mark.parametrize(("content_type", "frame"), [(LINES, b"%s\n"), (SSE, b"data: %s\n\n")])
def test_bytes_after_the_end_are_ignored(content_type, frame):
    items_of = decoder(content_type, "*")
    assert list(items_of.feed(frame % b"[DONE]")) == []
    assert list(items_of.feed(frame % b"no JSON")) == []


@pytest.mark.parametrize(
    ("content_type", "body", "items", "finished"),
    [
        (LINES, b"1\n2", [1, 2], True),
        (LINES, b"1\n", [1], True),
        (LINES, b"1\n \t\r", [1], True),
        (LINES, b'1\n{"a": ', [1], False),
        (SSE, b"data: 1\n\ndata: 2\n", [1], False),
        (SSE, b"data: 1\n\nda", [1], False),
        (SSE, b"data: 1\n\nevent: a\n", [1], False),
        (SSE, b"data: 1\n\ndata: [DONE]\n", [1], True),
        (SSE, b"data: 1\n\ndata: [DONE]", [1], True),
        (SSE, b"data: 1\n\n: a comm", [1], True),
        (SSE, b"data: 1\n\nid: 7\n", [1], True),
        (SSE, b"", [], True),
    ],
)
def test_the_end_of_the_body_is_the_end_unless_it_cuts_an_item(content_type, body, items, finished):
    items_of = decoder(content_type, "*")
    found = [*items_of.feed(body), *items_of.finish()]
    assert ([item.value for item in found], items_of.finished) == (items, finished)


@pytest.mark.parametrize(
    ("content_type", "fault", "kind", "says"),
    [
        (LINES, b"secret\n", ResponseValidationError, r"\$ of an item should be JSON"),
        (LINES, b"1" * 65, ResponseValidationError, "longer than 64 bytes"),
        (SSE, b"data: secret\n\n", ResponseValidationError, r"\$ of an item should be JSON"),
        (SSE, b"x" * 65, ResponseValidationError, "longer than 64 bytes"),
        (SSE, b"event: error\ndata: secret\n\n", StreamServerError, "reported an error"),
    ],
)
def test_a_fault_comes_after_good_items_and_names_its_call(content_type, fault, kind, says):
    before = b"data: 1\n\n" if content_type == SSE else b"1\n"
    items = decoder(content_type, "*").feed(before + fault)
    assert next(items).value == 1
    with pytest.raises(kind, match=says) as caught:
        next(items)
    error = caught.value
    assert {name: getattr(error, name) for name in CONTEXT} == CONTEXT
    assert error.__context__ is None
    assert "secret" not in str(error)


def test_half_an_item_alone_is_no_item():
    items = decoder(LINES, "*")
    assert list(items.feed(b'{"a": ')) == []
    with pytest.raises(ResponseValidationError):
        list(items.finish())
