"""What an API may gain in its requests comes out right: each thing is called over HTTP."""

from __future__ import annotations

import email.policy
import json
import warnings
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.generated.making import DOCUMENT, Package
from tests.generated.server import Caller, Received, Server


@pytest.fixture
def get(call: Caller) -> Any:
    """Call `get_document` with what it requires, and what is given."""

    def get_document(name: str = "a", **given: Any) -> Any:
        arguments = {"limit": 1, "x_trace_id": "t", "answer": DOCUMENT, **given}
        return call("document.get_document", name, **arguments)

    return get_document


# ---- parameters

TIME = datetime(2024, 5, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ({"name": "a/b c"}, "a%2Fb%20c?limit=1"),
        ({"tags": ["x", "y z"]}, "a?limit=1&tags=x&tags=y+z"),
        ({"fields": ["name", "title"]}, "a?limit=1&fields=name%2Ctitle"),
        ({"tags": []}, "a?limit=1"),
        ({"archived": True}, "a?limit=1&archived=true"),
        ({"since": TIME}, "a?limit=1&since=2024-05-14T00%3A00%3A00Z"),
        ({"body_query": "b"}, "a?limit=1&body=b"),  # body is taken, by the body
    ],
)
def test_parameters_are_sent_in_the_url(
    get: Any, server: Server, given: dict[str, Any], target: str
) -> None:
    get(**given)

    assert server.received[0].target == f"/api/v1/documents/{target}"


def test_a_member_of_an_enumeration_is_sent_as_its_value(
    features: Package, get: Any, server: Server
) -> None:
    get(order=features.model("Order").NEWEST_FIRST)

    assert server.received[0].target.endswith("?limit=1&order=newest+first")


def test_headers_are_sent_and_an_optional_one_only_when_it_is_given(
    get: Any, server: Server
) -> None:
    get(x_trace_id="t-1")
    get(x_trace_id="t-2", x_priority=3)

    first, second = (request.headers for request in server.received)
    assert (first["x-trace-id"], first.get("x-priority")) == ("t-1", None)
    assert (second["x-trace-id"], second.get("x-priority")) == ("t-2", "3")


def test_a_header_can_not_carry_another(features: Package, get: Any, server: Server) -> None:
    with pytest.raises(features.module("errors").InvalidParameter, match="X-Trace-Id"):
        get(x_trace_id="t\r\nX-Evil: 1")

    assert server.received == []


# ---- bodies


def test_bytes_are_sent_as_they_are_and_a_text_that_is_answered_is_a_string(
    call: Caller, server: Server
) -> None:
    server.answers(200, "größer".encode(), **{"Content-Type": "text/plain; charset=utf-8"})

    assert call("document.replace_document", "a", body=b"\x00\xff") == "größer"
    assert server.received[0].content == b"\x00\xff"
    assert server.received[0].headers["content-type"] == "application/octet-stream"


def test_a_text_that_is_not_utf_8_is_an_error_without_the_text(
    features: Package, call: Caller, server: Server
) -> None:
    server.answers(200, b"gr\xf6sser")

    with pytest.raises(features.module("errors").DecodeError) as caught:
        call("document.replace_document", "a", body=b"")

    assert str(caught.value) == "$ should be text in UTF-8"
    assert caught.value.__context__ is None


def test_a_body_that_is_optional_may_be_left_out(call: Caller, server: Server) -> None:
    call("document.note_document", "a")
    call("document.note_document", "a", body="größer")

    sent = [(one.content.decode(), one.headers.get("content-type")) for one in server.received]
    assert sent == [("", None), ("größer", "text/plain")]


def test_a_file_is_uploaded_with_the_fields_beside_it(
    features: Package, call: Caller, server: Server
) -> None:
    file = features.module("types").File(b"%PDF", "a.pdf", "application/pdf")
    form = features.model("DocumentForm")(
        file=file, title="größer", pages=[1, 2], about=features.model("Named")(name="b")
    )

    call("document.upload_document", body=form, answer=DOCUMENT)

    assert _parts(server.received[0]) == [
        ("file", "a.pdf", "application/pdf", "%PDF"),
        ("title", None, "text/plain", "größer"),
        ("pages", None, "text/plain", "1"),
        ("pages", None, "text/plain", "2"),
        ("about", None, "application/json", '{"name":"b"}'),
    ]
    assert repr(file) == "File(file_name='a.pdf', mime_type='application/pdf')"


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


def test_a_form_is_sent_url_encoded(features: Package, call: Caller, server: Server) -> None:
    form = features.model("SearchForm")(words="a b", tags=["x", "y"], archived=False)

    call("document.search_documents", body=form, answer={})

    (request,) = server.received
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.content == b"words=a+b&tags=x&tags=y&archived=false"


ODDITY = {"type": "a", "class": "b", 'na"me': "c", "1st-$": "d", "dict": {"e": 1}, "f": 2}


def test_names_that_are_taken_in_python_are_given_another_and_sent_as_they_are(
    features: Package, call: Caller, server: Server
) -> None:
    body = features.model("Oddity").from_dict(ODDITY)
    named = {"self_": "c", "dumps_query": "d", "field_1st": "e"}

    answer = call("class_.import_", "a", "b", body=body, answer=ODDITY, **named)

    (request,) = server.received
    assert request.target == "/api/v1/oddities/a/b?1st-%24=e&self=c&dumps=d"
    assert json.loads(request.content) == ODDITY
    assert answer == body


# ---- what a contract notes: repeatable, streams alone, deprecated


@pytest.mark.parametrize(
    ("name", "repeatable"),
    [
        ("get_document", False),  # a GET that the contract says no of
        ("download_document", True),  # a GET
        ("search_documents", True),  # a POST that the contract says yes of
        ("upload_document", False),  # a POST
    ],
)
def test_an_operation_is_repeatable_as_the_contract_says_or_if_it_is_a_get(
    features: Package, name: str, repeatable: bool
) -> None:
    assert features.module(f"api.document.{name}").OPERATION.repeatable is repeatable


def test_an_operation_that_only_streams_has_no_function_that_does_not(
    features: Package, client: Any, server: Server
) -> None:
    server.answers(200, b'data: {"what": "a"}\n\n', **{"Content-Type": "text/event-stream"})
    watch = features.module("api.event.watch_events")

    with watch.stream(client=client) as response:
        line = next(response.iter_lines())

    assert watch.parse_chunk(line.removeprefix("data:").encode()).what == "a"
    assert not hasattr(watch, "sync")


def test_a_deprecated_operation_says_so(features: Package) -> None:
    delete = features.module("api.document.delete_document")

    assert "Deprecated." in delete.__doc__
    assert "Deprecated." in delete.sync.__doc__
    assert delete.OPERATION.deprecated


@pytest.mark.anyio
async def test_a_deprecated_operation_warns_at_the_line_that_calls_it(
    features: Package, client: Any, server: Server
) -> None:
    delete = features.module("api.document.delete_document")
    asyncio_client = features.module("client").Client(server.url)

    with pytest.warns(DeprecationWarning, match="^delete_document is deprecated$") as caught:
        delete.sync("a", client=client)
    with pytest.warns(DeprecationWarning, match="^delete_document is deprecated$") as awaited:
        await delete.asyncio("a", client=asyncio_client)
    await asyncio_client.aclose()

    assert [one.filename for one in (*caught, *awaited)] == [__file__, __file__]


def test_a_deprecated_property_warns_at_the_line_that_gives_it_or_reads_it(
    features: Package,
) -> None:
    given = {"name": "a", "title": None, "priority": 1, "extra": None}

    with pytest.warns(DeprecationWarning, match=r"^Document\.color is deprecated$") as giving:
        document = features.model("Document")(**given, color="red")
    with pytest.warns(DeprecationWarning, match=r"^Document\.color is deprecated$") as reading:
        assert document.color == "red"

    assert [one.filename for one in (*giving, *reading)] == [__file__, __file__]


def test_a_deprecated_property_that_nobody_uses_does_not_warn(features: Package) -> None:
    model = features.model("Document")

    with warnings.catch_warnings(action="error"):
        document = model.from_dict(DOCUMENT | {"color": "red"})
        assert document == model.from_dict(document.to_dict())
        assert ", color='red'" in repr(document)
