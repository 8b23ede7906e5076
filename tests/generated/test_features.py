"""What an API may gain in its requests comes out right: each thing is called over HTTP."""

from __future__ import annotations

import email.policy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.generated.making import DOCUMENT, Package
from tests.generated.server import Received, Server


def _get(features: Package, client: Any, name: str = "a", **arguments: Any) -> Any:
    get = features.module("api.document.get_document")
    return get.sync(name, client=client, **{"limit": 1, "x_trace_id": "t", **arguments})


# ---- parameters


def test_an_operation_with_a_new_tag_is_in_a_package_of_that_name(
    features: Package, client: Any, server: Server
) -> None:
    server.answers_json({"name": "urgent", "color": "red"})

    label = features.module("api.label.get_label").sync("urgent", client=client)

    assert label.color is features.model("Color").RED


def test_a_path_parameter_is_quoted(features: Package, client: Any, server: Server) -> None:
    server.answers_json(DOCUMENT)

    _get(features, client, "a/b c")

    assert server.received[0].target == "/api/v1/documents/a%2Fb%20c?limit=1"


def test_headers_are_sent_and_an_optional_one_only_when_it_is_given(
    features: Package, client: Any, server: Server
) -> None:
    server.answers_json(DOCUMENT)

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
    server.answers_json(DOCUMENT)

    _get(features, client, tags=["x", "y z"], fields=["name", "title"])

    assert server.received[0].target.endswith("?limit=1&tags=x&tags=y+z&fields=name%2Ctitle")


def test_an_empty_query_array_is_not_sent(features: Package, client: Any, server: Server) -> None:
    server.answers_json(DOCUMENT)

    _get(features, client, tags=[])

    assert server.received[0].target.endswith("?limit=1")


def test_a_query_is_written_as_json_would_be(
    features: Package, client: Any, server: Server
) -> None:
    server.answers_json(DOCUMENT)
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
    server.answers_json(DOCUMENT)

    _get(features, client, body_query="b")

    assert server.received[0].target.endswith("?limit=1&body=b")


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
    server.answers_json(DOCUMENT, 201)
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
    server.answers_json({})
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
    server.answers_json(ODDITY)
    body = features.model("Oddity").from_dict(ODDITY)

    answer = features.module("api.class_.import_").sync(
        "a", "b", client=client, body=body, self_="c", dumps_query="d", field_1st="e"
    )

    (request,) = server.received
    assert request.target == "/api/v1/oddities/a/b?1st-%24=e&self=c&dumps=d"
    assert json.loads(request.content) == ODDITY
    assert answer == body
