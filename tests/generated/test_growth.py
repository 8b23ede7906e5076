"""What an API gains as it grows: null, defaults, filters, cookies, names, pages, streams."""

from __future__ import annotations

import json
import pickle
from datetime import date
from inspect import signature
from typing import Any

import pytest

from tests.generated.server import Caller, Server, plain
from tests.support.growth import growth, operation


def update(**fields: Any) -> Any:
    return growth().model("NoteUpdate")(**fields)


# ---- absent and null


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({}, {}),
        ({"text": None}, {"text": None}),
        ({"text": "a"}, {"text": "a"}),
        ({"due": None, "tags": None, "extra": None}, {"due": None, "tags": None, "extra": None}),
        ({"due": date(2024, 5, 14)}, {"due": "2024-05-14"}),
        ({"pinned": None}, {}),  # the schema has no null for it
    ],
)
def test_what_is_not_given_is_not_sent_and_none_is_sent_as_null(
    given: dict[str, Any], body: dict[str, Any], grown: Caller, server: Server
) -> None:
    grown("note.update_note", 7, body=update(kind=None, **given))

    assert json.loads(server.received[0].content) == body
    assert growth().model("NoteUpdate").from_dict(body).to_dict() == body


def test_not_given_survives_pickling_and_says_what_it_is() -> None:
    not_given = growth().module("types").NOT_GIVEN

    assert pickle.loads(pickle.dumps(not_given)) is not_given
    assert (repr(not_given), bool(not_given)) == ("NOT_GIVEN", False)
    assert repr(update(text=None)).startswith("NoteUpdate(text=None, due=NOT_GIVEN,")
    assert repr(update()).startswith("NoteUpdate(text=NOT_GIVEN,")
    assert repr(update(text="a")).startswith("NoteUpdate(text=<hidden>,")


def test_in_a_model_of_answers_absent_and_null_are_both_none() -> None:
    note = growth().model("Note")

    assert note.from_dict({"id": 1}) == note.from_dict({"id": 1, "text": None})
    assert note(id=1).to_dict() == {"id": 1}


# ---- defaults


def test_a_default_that_the_contract_leaves_to_the_service_is_not_sent(
    grown: Caller, server: Server
) -> None:
    list_notes = operation("list_notes").sync

    grown("note.list_notes", answer={"data": []})

    assert server.received[0].target == "/notes"
    assert signature(list_notes).parameters["limit"].default is None
    assert "How many to a page. If it is left out, the service takes 20." in list_notes.__doc__
    assert signature(growth().model("NoteUpdate")).parameters["color"].default is None


def test_a_default_that_the_contract_has_applied_is_sent_unless_another_value_is_given(
    grown: Caller, server: Server
) -> None:
    search, order = operation("search_notes").sync, growth().model("SearchNotesOrder")

    grown("note.search_notes", locale="en", answer=[])
    grown("note.search_notes", locale="en", order=order.OLDEST, depth=None)

    targets = [request.target for request in server.received]
    assert targets == ["/searches?order=newest&depth=2", "/searches?order=oldest"]
    assert signature(search).parameters["order"].default is order.NEWEST
    assert signature(search).parameters["depth"].default == 2
    assert 'In which order. By default, "newest" is sent.' in search.__doc__
    assert update().to_dict() == {"kind": "plain"}


# ---- filters, cookies, and names


def test_a_filter_is_sent_as_a_parameter_for_each_field(grown: Caller, server: Server) -> None:
    found = growth().model("Filter")(state="a b", open=True, size=None)

    grown("note.search_notes", locale="en", filter_=found, extra={"x y": "&"}, answer=[])

    query = "filter%5Bstate%5D=a+b&filter%5Bopen%5D=true&extra%5Bx+y%5D=%26&depth=2"
    assert server.received[0].target == f"/searches?order=newest&{query}"


def test_a_filter_of_another_type_is_refused(grown: Caller) -> None:
    with pytest.raises(growth().module("errors").InvalidParameter, match="filter has to be a Filt"):
        grown("note.search_notes", locale="en", filter_={"state": "a"})


def test_cookies_are_sent_beside_the_client_s_own(grown: Caller, server: Server) -> None:
    grown("note.search_notes", locale="de; a=b", theme="dark", answer=[])

    cookie = server.received[0].headers["cookie"]
    assert cookie == "session=s; locale=de%3B%20a%3Db; theme=dark"


def test_names_that_would_collide_are_numbered_in_the_contract_s_order(
    grown: Caller, server: Server
) -> None:
    grown("note.update_note", 7, body=update(kind=None, a_b="1", a_b_2="2", a_b_3="3", former="4"))
    grown("note.search_notes", locale="en", sort_by="1", sort_by_2="2", answer=[])

    updated, searched = server.received
    body = {"a-b": "1", "a b": "2", "aB": "3", "old-name": "4"}
    assert json.loads(updated.content) == update().from_dict(body).to_dict() == body
    assert "sort-by=1&sort+by=2" in searched.target
    assert "number" in signature(operation("update_note").sync).parameters  # by x-liminal-name


# ---- lists in pages


def test_a_list_is_iterated_over_page_by_page(grown: Caller, server: Server) -> None:
    server.answers_json({"tags": [{"name": "a"}], "meta": {"total": 1}})

    assert [tag.name for tag in operation("list_tags").iterate(client=grown.client)] == ["a"]


@pytest.mark.anyio
async def test_a_list_is_iterated_over_page_by_page_in_asyncio(server: Server) -> None:
    server.answers_json({"data": [{"id": 1}]})
    async with growth().module("client").Client(server.url, transport=plain()) as client:
        notes = operation("list_notes").asyncio_iterate(client=client)
        assert [note.id async for note in notes] == [1]


def test_a_list_whose_next_page_can_not_be_told_can_not_be_iterated_over() -> None:
    assert not hasattr(operation("list_oddly"), "iterate")


# ---- streams of items

SSE, LINES = {"Content-Type": "text/event-stream"}, {"Content-Type": "application/jsonl"}
STREAMS = [
    ("watch_ticks", LINES, b"1\r\nnull\n\n0", [1, None, 0]),
    ("watch_ticks", LINES, b"\xef\xbb\xbf1\n[DONE]\nno JSON", [1]),
    ("watch_log", SSE, b"event: line\ndata: a\ndata:b\n\n: x\ndata: c\n\ndata: cut", ["a\nb"]),
    ("watch_log", SSE, b"event:line\r\ndata: a\r\n\r\nevent: line\rdata: b\r\r", ["a", "b"]),
]


@pytest.mark.parametrize(("name", "headers", "body", "items"), STREAMS)
def test_a_stream_holds_the_same_items_wherever_the_bytes_are_cut(
    name: str, headers: dict[str, str], body: bytes, items: list[Any]
) -> None:
    streams, module = growth().module("streams"), operation(name)
    for cut in range(len(body) + 1):
        decoder = streams.Decoder(module.OPERATION, headers["Content-Type"], module.parse_chunk)
        found = [item for part in (body[:cut], body[cut:]) for item in decoder.feed(part)]
        assert [*found, *decoder.finish()] == items


@pytest.mark.anyio
@pytest.mark.parametrize("stream", STREAMS)
async def test_a_stream_is_iterated_over_item_by_item(
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


def test_an_error_in_a_stream_is_raised_without_what_the_server_said(
    grown: Caller, server: Server
) -> None:
    server.answers(200, b"event: error\ndata: secret\n\n", **SSE)

    with pytest.raises(growth().module("streams").StreamFailed) as caught:
        list(operation("watch_log").iterate(client=grown.client))

    assert "secret" not in str(caught.value)
    assert caught.value.data == b"secret"
    assert pickle.loads(pickle.dumps(caught.value)).data == b""


def test_a_stream_that_is_closed_gives_nothing_more(grown: Caller, server: Server) -> None:
    server.answers(200, b"1\n2\n", **LINES)
    stream = operation("watch_ticks").iterate(client=grown.client)
    items = iter(stream)

    assert next(items) == 1
    stream.close()

    assert list(items) == []


def test_a_stream_that_is_refused_is_an_error_at_the_first_step(
    grown: Caller, server: Server
) -> None:
    server.answers(503)
    stream = operation("watch_ticks").iterate(client=grown.client)

    with pytest.raises(growth().module("errors").UnexpectedStatus):
        next(iter(stream))
    assert server.received[0].headers["accept"] == "application/jsonl"
