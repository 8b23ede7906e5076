"""What an API may gain comes out right: each thing is called over HTTP once it is generated."""

from __future__ import annotations

import email.policy
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.generated.making import Package
from tests.generated.server import Received, Server

DOCUMENT = {"name": "a", "title": None, "priority": 1, "extra": {"any": ["thing"]}}


@pytest.fixture
def client(features: Package, server: Server) -> Iterator[Any]:
    with features.module("client").Client(server.url) as client:
        yield client


def _answers(server: Server, value: object, status: int = 200) -> None:
    server.answers(status, json.dumps(value).encode(), **{"Content-Type": "application/json"})


def _get(features: Package, client: Any, name: str = "a", **arguments: Any) -> Any:
    get = features.module("api.document.get_document")
    return get.sync(name, client=client, **{"limit": 1, "x_trace_id": "t", **arguments})


# ---- parameters


def test_an_operation_with_a_new_tag_is_in_a_package_of_that_name(
    features: Package, client: Any, server: Server
) -> None:
    _answers(server, {"name": "urgent", "color": "red"})

    label = features.module("api.label.get_label").sync("urgent", client=client)

    assert label.color is features.model("Color").RED


def test_a_path_parameter_is_quoted(features: Package, client: Any, server: Server) -> None:
    _answers(server, DOCUMENT)

    _get(features, client, "a/b c")

    assert server.received[0].target == "/api/v1/documents/a%2Fb%20c?limit=1"


def test_headers_are_sent_and_an_optional_one_only_when_it_is_given(
    features: Package, client: Any, server: Server
) -> None:
    _answers(server, DOCUMENT)

    _get(features, client, x_trace_id="t-1")
    _get(features, client, x_trace_id="t-2", x_priority=3)

    first, second = (request.headers for request in server.received)
    assert (first["x-trace-id"], first.get("x-priority")) == ("t-1", None)
    assert (second["x-trace-id"], second.get("x-priority")) == ("t-2", "3")


def test_a_header_can_not_carry_another(features: Package, client: Any, server: Server) -> None:
    with pytest.raises(features.module("errors").InvalidParameter, match="X-Trace-Id"):
        _get(features, client, x_trace_id="t\r\nX-Evil: 1")

    assert server.received == []


def test_a_query_array_is_repeated_or_joined_as_the_contract_says(
    features: Package, client: Any, server: Server
) -> None:
    _answers(server, DOCUMENT)

    _get(features, client, tags=["x", "y z"], fields=["name", "title"])

    assert server.received[0].target.endswith("?limit=1&tags=x&tags=y+z&fields=name%2Ctitle")


def test_an_empty_query_array_is_not_sent(features: Package, client: Any, server: Server) -> None:
    _answers(server, DOCUMENT)

    _get(features, client, tags=[])

    assert server.received[0].target.endswith("?limit=1")


def test_a_query_is_written_as_json_would_be(
    features: Package, client: Any, server: Server
) -> None:
    _answers(server, DOCUMENT)
    order = features.model("Order")

    _get(
        features,
        client,
        archived=True,
        order=order.NEWEST_FIRST,
        since=datetime(2024, 5, 14, tzinfo=UTC),
    )

    query = "order=newest+first&since=2024-05-14T00%3A00%3A00Z&archived=true"
    assert server.received[0].target.endswith(f"?limit=1&{query}")


def test_a_parameter_that_has_the_name_of_something_else_in_python_gets_another(
    features: Package, client: Any, server: Server
) -> None:
    _answers(server, DOCUMENT)

    _get(features, client, body_query="b")

    assert server.received[0].target.endswith("?limit=1&body=b")


# ---- answers


def test_all_of_gives_one_model_with_the_properties_of_all(features: Package) -> None:
    document = features.model("Document").from_dict(DOCUMENT)

    assert (document.name, document.title) == ("a", None)
    assert document.priority is features.model("Priority").VALUE_1


def test_all_of_keeps_unknown_fields_if_a_part_does(features: Package) -> None:
    source = {"name": "urgent", "color": "red", "since": 2024}

    assert features.model("OpenLabel").from_dict(source).to_dict() == source


def test_a_nullable_field_has_to_be_there(features: Package) -> None:
    source = {key: value for key, value in DOCUMENT.items() if key != "title"}

    with pytest.raises(features.module("errors").DecodeError, match=r"\$\.title is missing"):
        features.model("Document").from_dict(source)


def test_a_field_that_may_be_anything_has_to_be_there_if_it_is_required(features: Package) -> None:
    source = {key: value for key, value in DOCUMENT.items() if key != "extra"}

    with pytest.raises(features.module("errors").DecodeError, match=r"\$\.extra is missing"):
        features.model("Document").from_dict(source)


def test_values_of_all_formats_decode_and_come_back(features: Package) -> None:
    source = DOCUMENT | {
        "order": "by size",
        "day": "2024-05-14",
        "token": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "size": "big",
        "cells": [["2024-05-14"], []],
        "parent": DOCUMENT,
        "folder": {"documents": [DOCUMENT]},
        "figure": {"kind": "circle", "radius": 1.5},
    }

    document = features.model("Document").from_dict(source)

    assert document.day == date(2024, 5, 14)
    assert document.token == UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
    assert document.cells == [[date(2024, 5, 14)], []]
    assert document.folder.documents == [document.parent]
    assert document.to_dict() == source


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("day", "today", "$.day should be a date in ISO 8601"),
        ("token", "0f8", "$.token should be a UUID"),
        ("size", [], "$.size should be one of the shapes in the contract"),
        ("cells", [["2024-05-14", 1]], "$.cells[0][1] should be a date in ISO 8601"),
        ("figure", {"kind": "circle"}, "$.figure.radius is missing"),
        ("figure", {}, "$.figure.kind is missing"),
        ("folder", {"documents": [{}]}, "$.folder.documents[0].name is missing"),
        ("priority", "1", "$.priority should be an integer"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_its_place(
    features: Package, key: str, value: object, message: str
) -> None:
    with pytest.raises(features.module("errors").DecodeError) as caught:
        features.model("Document").from_dict(DOCUMENT | {key: value})

    assert str(caught.value) == message


def test_a_union_decodes_to_the_model_that_its_discriminator_names(
    features: Package, client: Any, server: Server
) -> None:
    square = features.model("Square")(side=2)
    _answers(server, square.to_dict())

    answer = features.module("api.figure.measure_figure").sync(client=client, body=square)

    assert answer == square
    assert json.loads(server.received[0].content) == {"kind": "square", "side": 2}


def test_a_variant_that_the_contract_does_not_have_is_kept_as_it_came(
    features: Package, client: Any, server: Server
) -> None:
    star = {"kind": "star", "points": 5}
    _answers(server, star)

    assert features.module("api.figure.measure_figure").sync(client=client, body=star) == star


def test_an_object_of_unknown_keys_is_a_dict_of_models(
    features: Package, client: Any, server: Server
) -> None:
    _answers(server, {"first": DOCUMENT})
    form = features.model("SearchForm")(words="a")

    found = features.module("api.document.search_documents").sync(client=client, body=form)

    assert found == {"first": features.model("Document").from_dict(DOCUMENT)}


def test_an_answer_without_content_is_none(features: Package, client: Any, server: Server) -> None:
    server.answers(204)

    assert _get(features, client) is None


def test_an_answer_that_is_binary_is_bytes(features: Package, client: Any, server: Server) -> None:
    server.answers(200, b"%PDF\xff")

    download = features.module("api.document.download_document")

    assert download.sync("a", client=client) == b"%PDF\xff"
    assert server.received[0].headers["accept"] == "application/pdf"


# ---- bodies


def test_a_text_is_sent_as_it_is_and_a_text_that_is_answered_is_a_string(
    features: Package, client: Any, server: Server
) -> None:
    server.answers(200, "größer".encode(), **{"Content-Type": "text/plain; charset=utf-8"})

    replace = features.module("api.document.replace_document")

    assert replace.sync("a", client=client, body=b"\x00\xff") == "größer"
    assert server.received[0].content == b"\x00\xff"
    assert server.received[0].headers["content-type"] == "application/octet-stream"


def test_a_text_that_is_not_utf_8_is_an_error_without_the_text(
    features: Package, client: Any, server: Server
) -> None:
    server.answers(200, b"gr\xf6sser")

    with pytest.raises(features.module("errors").DecodeError) as caught:
        features.module("api.document.replace_document").sync("a", client=client, body=b"")

    assert str(caught.value) == "$ should be text in UTF-8"
    assert caught.value.__context__ is None


def test_a_body_that_is_optional_may_be_left_out(
    features: Package, client: Any, server: Server
) -> None:
    server.answers(204)
    note = features.module("api.document.note_document")

    note.sync("a", client=client)
    note.sync("a", client=client, body="größer")

    without, with_body = server.received
    assert (without.content, without.headers.get("content-type")) == (b"", None)
    assert (with_body.content, with_body.headers["content-type"]) == (
        "größer".encode(),
        "text/plain",
    )


def test_a_file_is_uploaded_with_the_fields_beside_it(
    features: Package, client: Any, server: Server
) -> None:
    _answers(server, DOCUMENT, 201)
    types = features.module("types")
    form = features.model("DocumentForm")(
        file=types.File(b"%PDF", "a.pdf", "application/pdf"),
        title="größer",
        pages=[1, 2],
        about=features.model("Named")(name="b"),
    )

    features.module("api.document.upload_document").sync(client=client, body=form)

    (request,) = server.received
    assert _parts(request) == [
        ("file", "a.pdf", "application/pdf", "%PDF"),
        ("title", None, "text/plain", "größer"),
        ("pages", None, "text/plain", "1"),
        ("pages", None, "text/plain", "2"),
        ("about", None, "application/json", '{"name":"b"}'),
    ]


def _parts(request: Received) -> list[tuple[Any, ...]]:
    """Read a multipart body as mail is read."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
    return [
        (
            part.get_param("name", header="Content-Disposition"),
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True).decode(),
        )
        for part in message.iter_parts()
    ]


def test_the_repr_of_an_upload_does_not_hold_the_file(features: Package) -> None:
    file = features.module("types").File(b"%PDF", "a.pdf")

    assert repr(file) == "File(file_name='a.pdf', mime_type=None)"


def test_a_form_is_sent_url_encoded(features: Package, client: Any, server: Server) -> None:
    _answers(server, {})
    form = features.model("SearchForm")(words="a b", tags=["x", "y"], archived=False)

    features.module("api.document.search_documents").sync(client=client, body=form)

    (request,) = server.received
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.content == b"words=a+b&tags=x&tags=y&archived=false"


# ---- names


ODDITY = {"type": "a", "class": "b", 'na"me': "c", "1st-$": "d", "dict": {"e": 1}, "f": 2}


def test_names_that_are_taken_in_python_are_given_another_and_sent_as_they_are(
    features: Package, client: Any, server: Server
) -> None:
    _answers(server, ODDITY)
    body = features.model("Oddity").from_dict(ODDITY)

    answer = features.module("api.class_.import_").sync(
        "a", "b", client=client, body=body, self_="c", dumps_query="d", field_1st="e"
    )

    (request,) = server.received
    assert request.target == "/api/v1/oddities/a/b?1st-%24=e&self=c&dumps=d"
    assert json.loads(request.content) == ODDITY
    assert answer == body


def test_an_answer_may_be_null(features: Package, client: Any, server: Server) -> None:
    _answers(server, None)
    body = features.model("Oddity")(type="a", class_="b", name="c")

    answer = features.module("api.class_.import_").sync(
        "a", "b", client=client, body=body, field_1st="e"
    )

    assert answer is None


def test_an_answer_may_be_lists_of_lists_with_any_status_of_success(
    features: Package, client: Any, server: Server
) -> None:
    _answers(server, [[1, 7], []], status=202)

    answer = features.module("api.list_.list_lists").sync(client=client)

    assert answer == [[features.model("Priority").VALUE_1, 7], []]


# ---- what an operation says of itself, streams, deprecation


def test_an_operation_is_repeatable_as_the_contract_says_or_if_it_is_a_get(
    features: Package,
) -> None:
    repeatable = {
        name: features.module(f"api.document.{name}").OPERATION.repeatable
        for name in ("get_document", "download_document", "search_documents", "upload_document")
    }

    assert repeatable == {
        "get_document": False,
        "download_document": True,
        "search_documents": True,
        "upload_document": False,
    }


def test_an_operation_that_only_streams_has_no_function_that_does_not(
    features: Package, client: Any, server: Server
) -> None:
    server.answers(200, b'data: {"what": "a"}\n\n', **{"Content-Type": "text/event-stream"})
    watch = features.module("api.event.watch_events")

    with watch.stream(client=client) as response:
        line = next(response.iter_lines())

    assert watch.parse_chunk(line.removeprefix("data:").encode()).what == "a"
    assert not hasattr(watch, "sync")


def _deprecations(action: Any) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    return caught


def test_a_deprecated_operation_warns_at_the_line_that_calls_it(
    features: Package, client: Any, server: Server
) -> None:
    server.answers(204)
    delete = features.module("api.document.delete_document")

    (warning,) = _deprecations(lambda: delete.sync("a", client=client))

    assert warning.category is DeprecationWarning
    assert str(warning.message) == "delete_document is deprecated"
    assert warning.filename == __file__


@pytest.mark.anyio
async def test_a_deprecated_asyncio_operation_warns_at_the_line_that_calls_it(
    features: Package, server: Server
) -> None:
    server.answers(204)
    delete = features.module("api.document.delete_document")

    async with features.module("client").Client(server.url) as client:
        with pytest.warns(DeprecationWarning, match="delete_document is deprecated") as caught:
            await delete.asyncio("a", client=client)

    assert caught[0].filename == __file__


def test_a_deprecated_operation_says_so_in_its_docstring(features: Package) -> None:
    delete = features.module("api.document.delete_document")

    assert "Deprecated." in delete.__doc__
    assert "Deprecated." in delete.sync.__doc__
    assert delete.OPERATION.deprecated


def test_a_deprecated_property_warns_at_the_line_that_reads_it(features: Package) -> None:
    document = features.model("Document").from_dict(DOCUMENT | {"color": "red"})

    (warning,) = _deprecations(lambda: document.color)

    assert str(warning.message) == "Document.color is deprecated"
    assert warning.filename == __file__


def test_a_deprecated_property_warns_at_the_line_that_gives_it(features: Package) -> None:
    model = features.model("Document")
    given = {"name": "a", "title": None, "priority": 1, "extra": None}

    (warning,) = _deprecations(lambda: model(**given, color="red"))

    assert warning.filename == __file__


def test_a_deprecated_property_that_nobody_uses_does_not_warn(features: Package) -> None:
    model = features.model("Document")
    source = DOCUMENT | {"color": "red"}

    def use() -> None:
        document = model.from_dict(source)
        assert document == model.from_dict(document.to_dict())
        assert ", color='red'" in repr(document)

    assert _deprecations(use) == []


# ---- types


PROGRAM = """
from features_api.api.document import delete_document, get_document, note_document
from features_api.api.event import watch_events
from features_api.api.figure import measure_figure
from features_api.client import Client
from features_api.models import Circle, Document, Square


def use(client: Client) -> None:
    found: Document | None = get_document.sync("a", client=client, limit=1, x_trace_id="t")
    answer: Document | None = get_document.sync_detailed(
        "a", client=client, limit=1, x_trace_id="t", tags=["b"]
    ).parsed
    figure: Circle | Square | dict[str, object] = measure_figure.sync(
        client=client, body=Circle(radius=1)
    )
    note_document.sync("a", client=client, body="text")
    what: str = watch_events.parse_chunk(b"{}").what
    print(found, answer, figure, what)


async def use_asyncio(client: Client) -> Document | None:
    return await get_document.asyncio("a", client=client, limit=1, x_trace_id="t")


def misuse(client: Client, document: Document) -> None:
    document.name = "b"  # type: ignore[misc]
    get_document.sync("a", client=client, limit="1", x_trace_id="t")  # type: ignore[arg-type]
    wrong: int = measure_figure.OPERATION.parse(200, b"")  # type: ignore[assignment]
    print(wrong, delete_document.OPERATION.deprecated)
"""


@pytest.fixture(scope="module")
def complaints(features: Package, stock: Package) -> str:
    """What mypy says of both packages, and of a program that uses ours."""
    folder = features.folder.parent
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null"]
    checked = subprocess.run(
        [*command, features.name, "program.py", stock.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.stderr == ""
    return checked.stdout


def test_the_package_and_what_uses_it_are_typed_strictly(
    features: Package, complaints: str
) -> None:
    ours = (f"{features.name}/", "program.py")

    assert [line for line in complaints.splitlines() if line.startswith(ours)] == []


def test_stock_output_is_not_typed_strictly(stock: Package, complaints: str) -> None:
    assert f"{stock.name}/" in complaints


def test_the_package_is_typed_strictly_for_pyright_too(features: Package) -> None:
    settings = {"include": [features.name], "typeCheckingMode": "strict"}
    features.folder.with_name("pyrightconfig.json").write_text(json.dumps(settings))

    checked = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable],
        cwd=features.folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout
