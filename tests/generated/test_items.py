"""Lists in pages and streams of items, on the generated client by itself."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from tests.generated.server import Caller, Server, plain
from tests.support.growth import growth, operation

# ---- lists in pages


def test_a_list_is_iterated_page_by_page(grown: Caller, server: Server) -> None:
    server.answers_json({"tags": [{"name": "a"}], "meta": {"total": 1}})
    assert [tag.name for tag in operation("list_tags").iterate(client=grown.client)] == ["a"]


async def test_a_list_is_iterated_page_by_page_in_asyncio(server: Server) -> None:
    server.answers_json({"data": [{"id": 1}]})
    async with growth().module("client").Client(server.url, transport=plain()) as client:
        notes = operation("list_notes").asyncio_iterate(client=client)
        assert [note.id async for note in notes] == [1]


def test_a_list_without_a_known_next_page_has_no_iterator() -> None:
    assert not hasattr(operation("list_oddly"), "iterate")


# ---- streams of items

SSE, LINES = {"Content-Type": "text/event-stream"}, {"Content-Type": "application/jsonl"}
STREAMS = [
    ("watch_ticks", LINES, b"1\r\nnull\n\n0", [1, None, 0]),
    ("watch_ticks", LINES, b"\xef\xbb\xbf1\n[DONE]\nno JSON", [1]),
    ("watch_log", SSE, b"event: line\ndata: a\ndata:b\n\n: x\ndata: c\n\n: end", ["a\nb"]),
    ("watch_log", SSE, b"event:line\r\ndata: a\r\n\r\nevent: line\rdata: b\r\r", ["a", "b"]),
    ("watch_log", SSE, b"\xef\xbb\xbfevent: line\ndata: a\n\n\xef\xbb\xbfevent: line\n\n", ["a"]),
    ("watch_log", SSE, b"event: line\ndata: a\n\ndata: [DONE]", ["a"]),
    ("watch_log", SSE, b"event: line\ndata: [DONE]\n\nevent: error\ndata: x\n\nd", []),
    ("watch_log", {"Content-Type": "Text/Event-Stream;x"}, b"event:line\ndata:a\n\n", ["a"]),
]


@pytest.mark.parametrize(("name", "headers", "body", "items"), STREAMS)
def test_the_items_of_a_stream_do_not_depend_on_where_its_bytes_are_cut(
    name: str, headers: dict[str, str], body: bytes, items: list[Any]
) -> None:
    streams, module = growth().module("streams"), operation(name)
    for cut in range(len(body) + 1):
        decoder = streams.Decoder(module.OPERATION, headers["Content-Type"], module.parse_chunk)
        found = [item for part in (body[:cut], body[cut:]) for item in decoder.feed(part)]
        assert [*found, *decoder.finish()] == items


@pytest.mark.parametrize("stream", STREAMS)
async def test_a_stream_is_iterated_item_by_item(
    stream: tuple[str, dict[str, str], bytes, list[Any]], grown: Caller, server: Server
) -> None:
    name, headers, body, items = stream
    server.answers(200, body, **headers)

    with operation(name).iterate(client=grown.client) as blocking:
        assert list(blocking) == items
    if b"[DONE]" in body:  # To leave a body half-way has trio warn of httpx's own generators.
        return
    async with (
        growth().module("client").Client(server.url, transport=plain()) as client,
        operation(name).asyncio_iterate(client=client) as asyncio,
    ):
        assert [item async for item in asyncio] == items


def test_an_error_in_a_stream_is_raised_without_the_server_s_text(
    grown: Caller, server: Server
) -> None:
    server.answers(200, b"event: error\ndata: secret\n\n", **SSE)

    with pytest.raises(growth().module("streams").StreamFailed) as caught:
        list(operation("watch_log").iterate(client=grown.client))

    assert "secret" not in str(caught.value)
    assert caught.value.data == b"secret"
    assert pickle.loads(pickle.dumps(caught.value)).data == b""


@pytest.mark.parametrize("cut", [b"d", b"event: line\n", b"data: b\n", b"event: line\ndata: b\r\n"])
def test_a_stream_that_ends_within_an_event_is_an_error_after_its_items(
    cut: bytes, grown: Caller, server: Server
) -> None:
    server.answers(200, b"event: line\ndata: a\n\n" + cut, **SSE)
    items = iter(operation("watch_log").iterate(client=grown.client))

    assert next(items) == "a"
    with pytest.raises(growth().module("errors").DecodeError, match="in the middle of an event"):
        next(items)


def test_the_work_for_a_long_item_is_no_more_in_small_parts() -> None:
    streams, module = growth().module("streams"), operation("watch_log")
    decoder = streams.Decoder(module.OPERATION, SSE["Content-Type"], module.parse_chunk)
    text = "x" * 4096
    parts = [b"event: line\ndata: ", *[text.encode()] * 2048, b"\n\n"]

    # To split the whole line again at each part would take minutes.
    assert [item for part in parts for item in decoder.feed(part)] == [text * 2048]


def test_a_closed_stream_yields_nothing_more(grown: Caller, server: Server) -> None:
    server.answers(200, b"1\n2\n", **LINES)
    stream = operation("watch_ticks").iterate(client=grown.client)
    items = iter(stream)

    assert next(items) == 1
    stream.close()

    assert list(items) == []


def test_a_refused_stream_is_an_error_at_the_first_step(grown: Caller, server: Server) -> None:
    server.answers(503)
    stream = operation("watch_ticks").iterate(client=grown.client)

    with pytest.raises(growth().module("errors").UnexpectedStatus):
        next(iter(stream))
    assert server.received[0].headers["accept"] == "application/jsonl"
