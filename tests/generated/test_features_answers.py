"""What an API may gain in its answers comes out right, up to the places that errors name."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.generated.making import DOCUMENT, Package
from tests.generated.server import Server


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
    server.answers_json(square.to_dict())

    answer = features.module("api.figure.measure_figure").sync(client=client, body=square)

    assert answer == square
    assert json.loads(server.received[0].content) == {"kind": "square", "side": 2}


def test_a_variant_that_the_contract_does_not_have_is_kept_as_it_came(
    features: Package, client: Any, server: Server
) -> None:
    star = {"kind": "star", "points": 5}
    server.answers_json(star)

    assert features.module("api.figure.measure_figure").sync(client=client, body=star) == star


def test_an_object_of_unknown_keys_is_a_dict_of_models(
    features: Package, client: Any, server: Server
) -> None:
    server.answers_json({"first": DOCUMENT})
    form = features.model("SearchForm")(words="a")

    found = features.module("api.document.search_documents").sync(client=client, body=form)

    assert found == {"first": features.model("Document").from_dict(DOCUMENT)}


def test_an_answer_without_content_is_none(features: Package, client: Any, server: Server) -> None:
    server.answers(204)

    get = features.module("api.document.get_document")

    assert get.sync("a", client=client, limit=1, x_trace_id="t") is None


def test_an_answer_that_is_binary_is_bytes(features: Package, client: Any, server: Server) -> None:
    server.answers(200, b"%PDF\xff")

    download = features.module("api.document.download_document")

    assert download.sync("a", client=client) == b"%PDF\xff"
    assert server.received[0].headers["accept"] == "application/pdf"


def test_an_answer_may_be_null(features: Package, client: Any, server: Server) -> None:
    server.answers_json(None)
    body = features.model("Oddity")(type="a", class_="b", name="c")

    answer = features.module("api.class_.import_").sync(
        "a", "b", client=client, body=body, field_1st="e"
    )

    assert answer is None


def test_an_answer_may_be_lists_of_lists_with_any_status_of_success(
    features: Package, client: Any, server: Server
) -> None:
    server.answers_json([[1, 7], []], status=202)

    answer = features.module("api.list_.list_lists").sync(client=client)

    assert answer == [[features.model("Priority").VALUE_1, 7], []]
