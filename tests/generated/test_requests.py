"""What an API may gain in its requests is sent as the contract says, over HTTP."""

from __future__ import annotations

import email.policy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from inspect import signature
from typing import Any, NamedTuple

import pytest

from tests.generated.making import DOCUMENT, Package
from tests.generated.server import Caller, Server
from tests.support.growth import growth, operation


class Row(NamedTuple):
    """What an operation is called with, and what is sent: the target, and some of the headers.

    The arguments come of the package's models. A body is JSON, unless it is bytes.
    """

    operation: str
    arguments: Callable[[Any], dict[str, Any]]
    target: str
    headers: dict[str, str | None] = {}
    body: Any = b""


def getting(target: str, headers: dict[str, str | None] = {}, **given: Any) -> Row:  # noqa: B006
    given = {"document_name": "a", "limit": 1, "x_trace_id": "t", **given}
    return Row("document.get_document", lambda _: given, f"/api/v1/documents/{target}", headers)


def updating(body: dict[str, Any], **given: Any) -> Row:
    """Update a note with this, and without the default that is sent."""
    given = {"kind": None, **given}
    arguments = lambda m: {"number": 7, "body": m.NoteUpdate(**given)}  # noqa: E731
    return Row("note.update_note", arguments, "/notes/7", body=body)


def searching(target: str, headers: dict[str, str | None] = {}, **given: Any) -> Row:  # noqa: B006
    given = {"locale": "en", **given}
    return Row("note.search_notes", lambda _: given, f"/searches?{target}", headers)


ODDITY = {"type": "a", "class": "b", 'na"me': "c", "1st-$": "d", "dict": {"e": 1}, "f": 2}
FORM = {"content-type": "application/x-www-form-urlencoded"}
BYTES, PLAIN = {"content-type": "application/octet-stream"}, {"content-type": "text/plain"}
NAMES = {"a-b": "1", "a b": "2", "aB": "3", "old-name": "4"}
NULLS = {"many": None, "one": None, "any_": None, "x_one": None}
TIME = datetime(2024, 5, 14, tzinfo=UTC)

ROWS = {
    "a part of the path is quoted": getting("a%2Fb%20c?limit=1", document_name="a/b c"),
    "a query array is repeated": getting("a?limit=1&tags=x&tags=y+z", tags=["x", "y z"]),
    "a query array is joined": getting("a?limit=1&fields=name%2Cb", fields=["name", "b"]),
    "an empty query array is not sent": getting("a?limit=1", tags=[]),
    "a boolean is written as in JSON": getting("a?limit=1&archived=true", archived=True),
    "a time is written with its offset": getting(
        "a?limit=1&since=2024-05-14T00%3A00%3A00Z", since=TIME
    ),
    "a value of an enumeration is sent": Row(
        "document.get_document",
        lambda m: {
            "document_name": "a", "limit": 1, "x_trace_id": "t", "order": m.Order.NEWEST_FIRST
        },
        "/api/v1/documents/a?limit=1&order=newest+first",
    ),
    "a parameter named like the body gets another name": getting(
        "a?limit=1&body=b", body_query="b"
    ),
    "an optional header is not sent": getting("a?limit=1", {"x-trace-id": "t", "x-priority": None}),
    "an optional header is sent": getting("a?limit=1", {"x-priority": "3"}, x_priority=3),
    "null is not sent in a query or a header": Row(
        "nothing.get_nulls", lambda _: NULLS, "/api/v1/nulls", {"x-one": None}
    ),
    "what may be null and is not is sent": Row(
        "nothing.get_nulls",
        lambda _: {"many": ["a", "b"], "one": "c", "any_": 1, "x_one": "d"},
        "/api/v1/nulls?many=a&many=b&one=c&any=1",
        {"x-one": "d"},
    ),
    "null is not sent in a form": Row(
        "nothing.post_nulls", lambda m: {"body": m.Nulls(a=None, b="c")}, "/api/v1/nulls", FORM, b"b=c"
    ),
    "a form is sent URL-encoded": Row(
        "document.search_documents",
        lambda m: {"body": m.SearchForm(words="a b", tags=["x", "y"], archived=False)},
        "/api/v1/searches",
        FORM,
        b"words=a+b&tags=x&tags=y&archived=false",
    ),
    "bytes are sent as they are": Row(
        "document.replace_document",
        lambda _: {"document_name": "a", "body": b"\x00\xff"},
        "/api/v1/documents/a/content",
        BYTES,
        b"\x00\xff",
    ),
    "an optional body is sent": Row(
        "document.note_document",
        lambda _: {"document_name": "a", "body": "größer"},
        "/api/v1/documents/a",
        PLAIN,
        "größer".encode(),
    ),
    "an optional body is left out": Row(
        "document.note_document",
        lambda _: {"document_name": "a"},
        "/api/v1/documents/a",
        {"content-type": None},
    ),
    "names that are taken in Python are sent as they are": Row(
        "class_.import_",
        lambda m: {
            "from_": "a", "in_path_path": "b", "self_": "c", "dumps_query": "d", "field_1st": "e",
            "body": m.Oddity.from_dict(ODDITY),
        },
        "/api/v1/oddities/a/b?1st-%24=e&self=c&dumps=d",
        body=ODDITY,
    ),
    # ---- what an API gains as it grows
    "what is not given is not sent": updating({}),
    "None is sent as null": updating({"text": None}, text=None),
    "a text is sent": updating({"text": "a"}, text="a"),
    "all kinds of null are sent": updating(
        {"due": None, "tags": None, "extra": None}, due=None, tags=None, extra=None
    ),
    "a date is sent": updating({"due": "2024-05-14"}, due=date(2024, 5, 14)),
    "null is not sent where the schema has none": updating({}, pinned=None),
    "names that would collide are numbered in the contract's order": updating(
        NAMES, a_b="1", a_b_2="2", a_b_3="3", former="4"
    ),
    "a default that is the service's is not sent": Row("note.list_notes", lambda _: {}, "/notes"),
    "a default that the contract has sent is sent": searching("order=newest&depth=2"),
    "another value is sent in place of a default": searching(
        "order=oldest", order="oldest", depth=None
    ),
    "parameters that would collide are numbered": searching(
        "order=newest&sort-by=1&sort+by=2&depth=2", sort_by="1", sort_by_2="2"
    ),
    "a filter is sent as a parameter for each field": Row(
        "note.search_notes",
        lambda m: {
            "locale": "en", "filter_": m.Filter(state="a b", open=True, size=None),
            "extra": {"x y": "&"},
        },
        "/searches?order=newest&filter%5Bstate%5D=a+b&filter%5Bopen%5D=true"
        "&extra%5Bx+y%5D=%26&depth=2",
    ),
    "cookies are sent beside the client's own": searching(
        "order=newest&depth=2",
        {"cookie": "session=s; locale=de%3B%20a%3Db; theme=dark"},
        locale="de; a=b",
        theme="dark",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS.items()])
def test_a_request_is_sent_as_the_contract_says(
    row: Row, call: Caller, grown: Caller, server: Server
) -> None:
    caller = grown if row.operation.startswith("note.") else call
    server.answers(500)  # what is answered is not looked at

    with pytest.raises(caller.package.module("errors").UnexpectedStatus):
        caller(row.operation, **row.arguments(caller.package.module("models")))

    (request,) = server.received
    assert request.target == row.target
    assert {name: request.headers.get(name) for name in row.headers} == row.headers
    assert (request.content if isinstance(row.body, bytes) else json.loads(request.content)) == (
        row.body
    )


@pytest.mark.parametrize(
    ("operation", "given", "error"),
    [
        ("document.get_document", {"document_name": "a", "limit": 1, "x_trace_id": "t\r\nX-Evil: 1"},
         "X-Trace-Id"),  # a header can't carry another
        ("note.search_notes", {"locale": "en", "filter_": {"state": "a"}},
         "filter has to be a Filter"),
    ],
)  # fmt: skip
def test_an_invalid_argument_is_refused(
    operation: str, given: dict[str, Any], error: str, call: Caller, grown: Caller
) -> None:
    caller = grown if operation.startswith("note.") else call
    with pytest.raises(caller.package.module("errors").InvalidParameter, match=error):
        caller(operation, **given)
    assert caller.server.received == []


def test_a_file_is_uploaded_with_its_fields_and_without_null(
    features: Package, call: Caller, server: Server
) -> None:
    file = features.module("types").File(b"%PDF", "a.pdf", "application/pdf")
    form = features.model("DocumentForm")(
        file=file, title="größer", pages=[1, 2], about=features.model("Named")(name="b")
    )

    call("document.upload_document", body=form, answer=DOCUMENT)
    server.answers(204)
    call("nothing.put_nulls", body=features.model("Nulls")(a=None, b="c"))

    documents, nulls = server.received
    assert _parts(documents) == [
        ("file", "a.pdf", "application/pdf", "%PDF"),
        ("title", None, "text/plain", "größer"),
        ("pages", None, "text/plain", "1"),
        ("pages", None, "text/plain", "2"),
        ("about", None, "application/json", '{"name":"b"}'),
    ]
    assert _parts(nulls) == [("b", None, "text/plain", "c")]
    assert repr(file) == "File(file_name='a.pdf', mime_type='application/pdf')"


def _parts(request: Any) -> list[tuple[Any, ...]]:
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


def test_a_signature_and_a_docstring_tell_the_default_and_whether_the_client_sends_it() -> None:
    list_notes, search = operation("list_notes").sync, operation("search_notes").sync
    order = growth().model("SearchNotesOrder")

    assert signature(list_notes).parameters["limit"].default is None
    assert "How many to a page. If it is left out, the service takes 20." in list_notes.__doc__
    assert signature(growth().model("NoteUpdate")).parameters["color"].default is None
    assert signature(search).parameters["order"].default is order.NEWEST
    assert signature(search).parameters["depth"].default == 2
    assert 'In which order. By default, "newest" is sent.' in search.__doc__
    assert growth().model("NoteUpdate")().to_dict() == {"kind": "plain"}
