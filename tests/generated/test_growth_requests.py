"""What requests gain as an API grows: null, defaults, filters, cookies, names that would collide."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from datetime import date
from inspect import signature
from typing import Any

import pytest

from tests.generated.server import Server, plain
from tests.support.growth import growth, operation


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    headers, made = {"Cookie": "session=s"}, growth().module("client").Client
    with made(server.url, headers=headers, transport=plain()) as client:
        yield client


def update(**fields: Any) -> Any:
    return growth().model("NoteUpdate")(**fields)


def sent(client: Any, server: Server, **fields: Any) -> Any:
    server.answers(204)
    operation("update_note").sync(7, client=client, body=update(kind=None, **fields))
    return json.loads(server.received[0].content)


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
    client: Any, server: Server, given: dict[str, Any], body: dict[str, Any]
) -> None:
    assert sent(client, server, **given) == body


def test_not_given_survives_pickling_and_says_what_it_is() -> None:
    not_given = growth().module("types").NOT_GIVEN

    assert pickle.loads(pickle.dumps(not_given)) is not_given
    assert (repr(not_given), bool(not_given)) == ("NOT_GIVEN", False)
    assert repr(update(text=None)).startswith("NoteUpdate(text=None, due=NOT_GIVEN,")
    assert repr(update()).startswith("NoteUpdate(text=NOT_GIVEN,")
    assert repr(update(text="a")).startswith("NoteUpdate(text=<hidden>,")


@pytest.mark.parametrize("source", [{}, {"text": None}, {"text": "a", "due": "2024-05-14"}])
def test_a_request_is_decoded_to_what_it_was_encoded_from(source: dict[str, Any]) -> None:
    assert growth().model("NoteUpdate").from_dict(source).to_dict() == source


def test_in_a_model_of_answers_absent_and_null_are_both_none() -> None:
    note = growth().model("Note")

    assert note.from_dict({"id": 1}) == note.from_dict({"id": 1, "text": None})
    assert note(id=1).to_dict() == {"id": 1}


# ---- defaults


def test_a_default_that_the_contract_leaves_to_the_service_is_not_sent(
    client: Any, server: Server
) -> None:
    server.answers_json({"data": []})
    module = operation("list_notes")

    module.sync(client=client)

    assert server.received[0].target == "/notes"
    assert signature(module.sync).parameters["limit"].default is None
    assert "How many to a page. If it is left out, the service takes 20." in module.sync.__doc__
    assert sent_defaults()["color"] is None


def sent_defaults() -> dict[str, Any]:
    parameters = signature(growth().model("NoteUpdate")).parameters
    return {name: one.default for name, one in parameters.items()}


def test_a_default_that_the_contract_has_applied_is_sent_unless_another_value_is_given(
    client: Any, server: Server
) -> None:
    server.answers_json([])
    module, order = operation("search_notes"), growth().model("SearchNotesOrder")

    module.sync(client=client, locale="en")
    module.sync(client=client, locale="en", order=order.OLDEST, depth=None)

    targets = [request.target for request in server.received]
    assert targets == ["/searches?order=newest&depth=2", "/searches?order=oldest"]
    assert signature(module.sync).parameters["order"].default is order.NEWEST
    assert signature(module.sync).parameters["depth"].default == 2
    assert 'In which order. By default, "newest" is sent.' in module.sync.__doc__
    assert update().to_dict() == {"kind": "plain"}


# ---- filters and cookies


def test_a_filter_is_sent_as_a_parameter_for_each_field(client: Any, server: Server) -> None:
    server.answers_json([])
    found = growth().model("Filter")(state="a b", open=True, size=None)

    operation("search_notes").sync(client=client, locale="en", filter_=found, extra={"x y": "&"})

    query = "filter%5Bstate%5D=a+b&filter%5Bopen%5D=true&extra%5Bx+y%5D=%26&depth=2"
    assert server.received[0].target == f"/searches?order=newest&{query}"


def test_a_filter_of_another_type_is_refused(client: Any) -> None:
    with pytest.raises(growth().module("errors").InvalidParameter, match="filter has to be a Filt"):
        operation("search_notes").sync(client=client, locale="en", filter_={"state": "a"})


def test_cookies_are_sent_beside_the_client_s_own(client: Any, server: Server) -> None:
    server.answers_json([])

    operation("search_notes").sync(client=client, locale="de; a=b", theme="dark")

    cookie = server.received[0].headers["cookie"]
    assert cookie == "session=s; locale=de%3B%20a%3Db; theme=dark"


# ---- names


def test_names_that_would_collide_are_numbered_in_the_contract_s_order(
    client: Any, server: Server
) -> None:
    body = sent(client, server, a_b="1", a_b_2="2", a_b_3="3", former="4")

    assert body == {"a-b": "1", "a b": "2", "aB": "3", "old-name": "4"}
    assert update().from_dict(body).to_dict() == body


def test_parameters_that_would_collide_are_numbered_or_named_by_the_contract(
    client: Any, server: Server
) -> None:
    server.answers_json([])
    assert "number" in signature(operation("update_note").sync).parameters

    operation("search_notes").sync(client=client, locale="en", sort_by="1", sort_by_2="2")

    assert "sort-by=1&sort+by=2" in server.received[0].target
