"""What an API may gain in its answers comes out right, up to the places that errors name."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.generated.making import DOCUMENT, Package
from tests.generated.server import Caller, Server
from tests.support.growth import growth

FULL = DOCUMENT | {
    "order": "by size",
    "day": "2024-05-14",
    "token": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "size": "big",
    "cells": [["2024-05-14"], []],
    "parent": DOCUMENT,
    "folder": {"documents": [DOCUMENT]},
    "figure": {"kind": "circle", "radius": 1.5},
}


@pytest.mark.parametrize(
    ("model", "source"),
    [
        pytest.param("Document", FULL, id="all of allOf, formats, lists of lists, and cycles"),
        pytest.param("OpenLabel", {"name": "urgent", "color": "red", "since": 2024}, id="unknown"),
        pytest.param("Cat", {"k": "a", "mood": "happy"}, id="a value of an enumeration or null"),
        pytest.param("Cat", {"k": "a", "mood": "angry"}, id="a value that the enumeration lacks"),
    ],
)
def test_a_valid_answer_decodes_and_encodes_to_itself(
    features: Package, model: str, source: Any
) -> None:
    assert features.model(model).from_dict(source).to_dict() == source


def test_values_decode_to_the_types_of_python(features: Package) -> None:
    document = features.model("Document").from_dict(FULL)
    happy, moodless = (
        features.model("Cat").from_dict({"k": "a", "mood": mood}) for mood in ("happy", None)
    )

    assert (document.name, document.title) == ("a", None)
    assert document.priority is features.model("Priority").VALUE_1
    assert document.day == date(2024, 5, 14)
    assert document.token == UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
    assert document.cells == [[date(2024, 5, 14)], []]
    assert document.folder.documents == [document.parent]
    assert happy.mood is features.model("CatMood").HAPPY
    assert moodless.mood is None
    assert {name for name in features.sources() if "mood" in name and "models" in name} == {
        "models/cat_mood.py",
        "models/mood.py",
    }


def test_absent_and_null_are_both_none_in_a_model_of_answers() -> None:
    note = growth().model("Note")
    assert note.from_dict({"id": 1}) == note.from_dict({"id": 1, "text": None})
    assert note(id=1).to_dict() == {"id": 1}


@pytest.mark.parametrize(
    ("model", "changed", "message"),
    [
        ("Document", {"title": ...}, "$.title is missing"),  # it may be null, and has to be there
        ("Document", {"extra": ...}, "$.extra is missing"),  # it may be anything
        ("Document", {"day": "today"}, "$.day should be a date in ISO 8601"),
        ("Document", {"token": "0f8"}, "$.token should be a UUID"),
        ("Document", {"size": []}, "$.size should be one of the shapes in the contract"),
        ("Document", {"cells": [["2024-05-14", 1]]}, "$.cells[0][1] should be a date in ISO 8601"),
        ("Document", {"figure": {"kind": "circle"}}, "$.figure.radius is missing"),
        ("Document", {"figure": {}}, "$.figure.kind is missing"),
        ("Document", {"folder": {"documents": [{}]}}, "$.folder.documents[0].name is missing"),
        ("Document", {"priority": "1"}, "$.priority should be an integer"),
        ("Extended", {"name": ..., "size": 1}, "$.name is missing"),
        ("Extended", {"size": "big"}, "$.size should be an integer"),
        ("Merged", {"name": ...}, "$.name is missing"),  # one part has it, another requires it
    ],
)
def test_an_invalid_value_is_named_by_its_place(
    features: Package, model: str, changed: dict[str, Any], message: str
) -> None:
    source = {key: value for key, value in (DOCUMENT | changed).items() if value is not ...}
    with pytest.raises(features.module("errors").DecodeError) as caught:
        features.model(model).from_dict(source)
    assert str(caught.value) == message


def test_fields_named_like_types_do_not_hide_them(features: Package) -> None:
    fields = {field.name for field in features.model("Types").__attrs_attrs__}
    assert len(fields) == 10
    assert not fields & {"Any", "Literal", "Self", "UUID", "File"}


# ---- the whole answer


@pytest.mark.parametrize(
    ("operation", "content", "expected"),
    [
        ("pet.get_pet", {"k": 'c"a\\t'}, lambda m: m.Cat(k='c"a\\t')),  # by its discriminator
        ("pet.get_mood", "sad", lambda m: m.Mood.SAD),
        ("pet.get_mood", None, lambda _: None),
        ("label.get_label", {"name": "urgent", "color": "red"},
         lambda m: m.Label(name="urgent", color=m.Color.RED)),
        ("list_.list_lists", [[1, 7], []], lambda m: [[m.Priority.VALUE_1, 7], []]),
    ],
)  # fmt: skip
def test_an_answer_in_json_has_the_type_of_its_schema(
    features: Package, operation: str, content: Any, expected: Any
) -> None:
    parse = features.module(f"api.{operation}").parse_response
    found = parse(200, json.dumps(content).encode())
    assert found == expected(features.module("models"))
    assert type(found) is type(expected(features.module("models")))


def test_a_union_decodes_to_the_model_that_its_discriminator_names(
    features: Package, call: Caller, server: Server
) -> None:
    square = features.model("Square")(side=2)
    assert call("figure.measure_figure", body=square, answer=square.to_dict()) == square
    assert json.loads(server.received[0].content) == {"kind": "square", "side": 2}


def test_an_unknown_variant_is_kept_as_it_came(call: Caller) -> None:
    star = {"kind": "star", "points": 5}
    assert call("figure.measure_figure", body=star, answer=star) == star


def test_an_object_of_unknown_keys_is_a_dict_of_models(features: Package, call: Caller) -> None:
    form = features.model("SearchForm")(words="a")
    found = call("document.search_documents", body=form, answer={"first": DOCUMENT})
    assert found == {"first": features.model("Document").from_dict(DOCUMENT)}


@pytest.mark.parametrize(
    ("operation", "given", "answer", "expected"),
    [
        ("get_document", {"limit": 1, "x_trace_id": "t"}, (204, b""), None),
        ("download_document", {}, (200, b"%PDF\xff"), b"%PDF\xff"),
        ("replace_document", {"body": b""}, (200, "größer".encode()), "größer"),
    ],
)
def test_an_answer_may_be_empty_bytes_or_text(
    call: Caller, operation: str, given: dict[str, Any], answer: tuple[int, bytes], expected: Any
) -> None:
    call.server.answers(*answer)
    assert call(f"document.{operation}", "a", **given) == expected


def test_a_text_that_is_not_utf_8_is_an_error_without_the_text(
    features: Package, call: Caller, server: Server
) -> None:
    server.answers(200, b"gr\xf6sser")

    with pytest.raises(features.module("errors").DecodeError) as caught:
        call("document.replace_document", "a", body=b"")

    assert str(caught.value) == "$ should be text in UTF-8"
    assert caught.value.__context__ is None
