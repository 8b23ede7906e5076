"""The items of any operation's stream, from the bytes of its answer in either format."""

from typing import Any

import pytest

from liminal._streams.decoder import ItemDecoder
from liminal.errors import ResponseValidationError

from .chunks import LINES, SSE, parse


def decoder(content_type: str, *events: str) -> ItemDecoder[Any]:
    return ItemDecoder(parse, content_type, max_event_bytes=64, events=events, context={})


@pytest.mark.parametrize(
    ("content_type", "events", "body", "items", "finished"),
    [
        (LINES, ("*",), b'1\n\n \r\nnull\n0\n""\n', [1, None, 0, ""], False),
        (LINES, ("*",), b"1\n [DONE]\t\nno JSON\n", [1], True),
        (SSE, ("*",), b"event: a\ndata: 1\n\ndata: 2\n\nevent: b\ndata:\n\n", [1, 2], False),
        (SSE, ("a", "b"), b"event: a\ndata: 1\n\ndata: 2\n\nevent: b\ndata: 3\n\n", [1, 3], False),
        (SSE, ("message",), b"event: a\ndata: 1\n\ndata: 2\n\n", [2], False),
        (SSE, ("*",), b"data: 1\n\ndata: [DONE]\n\ndata: no JSON\n\n", [1], True),
        # Events that have nothing but data are decoded by a short cut.
        (SSE, ("a",), b"data: 1\n\n", [], False),
        (SSE, ("message",), b"data: 1\n\n", [1], False),
    ],
)
def test_items_come_from_lines_and_the_named_events(content_type, events, body, items, finished):
    items_of = decoder(content_type, *events)
    found = list(items_of.feed(body))
    assert [(item.value, item.content) for item in found] == [(item, "") for item in items]
    assert items_of.finished == finished
    if finished:
        assert list(items_of.feed(b"data: no JSON\n\n")) == []


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


def test_half_an_item_alone_is_an_error():
    items = decoder(LINES, "*")
    assert list(items.feed(b'{"a": ')) == []
    with pytest.raises(ResponseValidationError):
        list(items.finish())
