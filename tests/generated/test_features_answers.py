"""What an API may gain in its answers comes out right, up to the places that errors name."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.generated.making import DOCUMENT, Package
from tests.generated.server import Caller, Server


def test_all_of_gives_one_model_with_the_properties_of_all(features: Package) -> None:
    document = features.model("Document").from_dict(DOCUMENT)

    assert (document.name, document.title) == ("a", None)
    assert document.priority is features.model("Priority").VALUE_1


def test_all_of_keeps_unknown_fields_if_a_part_does(features: Package) -> None:
    source = {"name": "urgent", "color": "red", "since": 2024}

    assert features.model("OpenLabel").from_dict(source).to_dict() == source


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
    ("changed", "message"),
    [
        ({"title": ...}, "$.title is missing"),  # it may be null, and has to be there
        ({"extra": ...}, "$.extra is missing"),  # it may be anything, and has to be there
        ({"day": "today"}, "$.day should be a date in ISO 8601"),
        ({"token": "0f8"}, "$.token should be a UUID"),
        ({"size": []}, "$.size should be one of the shapes in the contract"),
        ({"cells": [["2024-05-14", 1]]}, "$.cells[0][1] should be a date in ISO 8601"),
        ({"figure": {"kind": "circle"}}, "$.figure.radius is missing"),
        ({"figure": {}}, "$.figure.kind is missing"),
        ({"folder": {"documents": [{}]}}, "$.folder.documents[0].name is missing"),
        ({"priority": "1"}, "$.priority should be an integer"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_its_place(
    features: Package, changed: dict[str, Any], message: str
) -> None:
    source = {key: value for key, value in (DOCUMENT | changed).items() if value is not ...}

    with pytest.raises(features.module("errors").DecodeError) as caught:
        features.model("Document").from_dict(source)

    assert str(caught.value) == message


def test_a_union_decodes_to_the_model_that_its_discriminator_names(
    features: Package, call: Caller, server: Server
) -> None:
    square = features.model("Square")(side=2)

    assert call("figure.measure_figure", body=square, answer=square.to_dict()) == square
    assert json.loads(server.received[0].content) == {"kind": "square", "side": 2}


def test_a_variant_that_the_contract_does_not_have_is_kept_as_it_came(call: Caller) -> None:
    star = {"kind": "star", "points": 5}

    assert call("figure.measure_figure", body=star, answer=star) == star


def test_an_object_of_unknown_keys_is_a_dict_of_models(features: Package, call: Caller) -> None:
    form = features.model("SearchForm")(words="a")

    found = call("document.search_documents", body=form, answer={"first": DOCUMENT})

    assert found == {"first": features.model("Document").from_dict(DOCUMENT)}


def test_an_operation_with_a_new_tag_is_in_a_package_of_that_name(
    features: Package, call: Caller
) -> None:
    label = call("label.get_label", "urgent", answer={"name": "urgent", "color": "red"})

    assert label.color is features.model("Color").RED


def test_an_answer_without_content_is_none(call: Caller, server: Server) -> None:
    server.answers(204)

    assert call("document.get_document", "a", limit=1, x_trace_id="t") is None


def test_an_answer_that_is_binary_is_bytes(call: Caller, server: Server) -> None:
    server.answers(200, b"%PDF\xff")

    assert call("document.download_document", "a") == b"%PDF\xff"
    assert server.received[0].headers["accept"] == "application/pdf"


def test_an_answer_may_be_null(features: Package, call: Caller, server: Server) -> None:
    server.answers_json(None)
    body = features.model("Oddity")(type="a", class_="b", name="c")

    assert call("class_.import_", "a", "b", body=body, field_1st="e") is None


def test_an_answer_may_be_lists_of_lists_with_any_status_of_success(
    features: Package, call: Caller, server: Server
) -> None:
    server.answers_json([[1, 7], []], status=202)

    assert call("list_.list_lists") == [[features.model("Priority").VALUE_1, 7], []]
