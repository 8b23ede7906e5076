"""The report in words: what is told together, how it is grouped, and as Markdown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scripts.codegen.report.compare import Report, without_halves
from scripts.codegen.report.lines import Change, Place
from scripts.codegen.report.text import markdown, plural, text
from tests.regeneration.changing import (
    NEW_OPERATION,
    get,
    moved,
    optional,
    put,
    required,
    schema,
)
from tests.regeneration.changing import new_thing as sent
from tests.regeneration.comparing import wire_changes_of


def line(
    rule: str, subject: str, detail: str = "", *, at: int = 1, section: str = "schemas"
) -> Change:
    return Change(rule, subject, detail, Place("a.yaml", at, f"#/{at}"), section)


def report(*changes: Change) -> Report:
    return Report("HEAD", list(changes), [], "0.1.0", "0.2.0", "so")


def told(*changes: Change) -> list[str]:
    """Give the lines between the head and the tail."""
    return [one.strip() for one in text(report(*changes)).splitlines()[1:-1]]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (put(schema("Thing", "properties", "name"), type=["string", "null"]),
         "Thing.name is now nullable"),
        (put(schema("Thing", "properties", "tag"), type="string"),
         "Thing.tag is no longer nullable"),
        (moved("/events", "/v2/events"), "watch_things moved: POST /events → POST /v2/events"),
        (lambda data: data["paths"]["/things"].update(get=NEW_OPERATION),
         "new operation list_things: GET /things"),
        (put(get, deprecated=True), "get_thing is deprecated"),
        (required("size", sent), "NewThing.size is now required"),
        (optional("name"), "Thing.name is now optional"),
        (put(schema("Thing", "properties"), hue={"type": "string"}),
         "new response field Thing.hue"),
        (put(schema("Thing", "properties", "id"), type="number"),
         "Thing.id has another type: integer → number"),
        (lambda data: schema("Thing", "properties", "state")(data)["enum"].append("lost"),
         "Thing.state has new values: lost"),
        (put(schema("Thing", "properties", "name"), maxLength=99),
         "Thing.name has another limit: maxLength 20 → 99"),
    ],
)  # fmt: skip
def test_a_change_is_told_in_plain_words(edit: Any, words: str) -> None:
    assert words in [one.text for one in wire_changes_of(edit)]


def test_groups_come_in_the_order_of_what_callers_must_do() -> None:
    found = told(
        line("words", "A"),
        line("schema-added", "B"),
        line("field-deprecated", "C.a"),
        line("field-optional", "D.a"),
        line("name-removed", "liminal.e", section="python"),
    )

    assert [one for one in found if "[" not in one] == [
        "Breaking: change your code (1)",
        "Breaking: upgrade the SDK before the service changes (1)",
        "Deprecated: stop using it (1)",
        "New (1)",
        "Nothing to do (1)",
    ]


def test_markdown_lists_the_groups_and_escapes_what_it_would_take_for_markup() -> None:
    found = markdown(report(line("argument-added", "Thing.the_hue"), line("words", "A")))

    assert found.splitlines() == [
        "what changed for users since HEAD: 0 breaking, 2 safe",
        "",
        "#### New (1)",
        "",
        "- new optional argument Thing.the\\_hue — `a.yaml:1 #/1`",
        "",
        "#### Nothing to do (1)",
        "",
        "- A has a new description — `a.yaml:1 #/1`",
        "",
        "version: 0.1.0 → 0.2.0 (so)",
    ]


def test_a_line_on_python_is_part_of_the_line_on_the_wire_that_says_the_same() -> None:
    found = told(
        line("argument-added", "Thing.hue"),
        line("parameter-added", "liminal_api.models.Thing.hue", section="python"),
    )

    assert found == [
        "New (1)",
        "new optional argument Thing.hue (Python: liminal_api.models.Thing.hue)  [a.yaml:1 #/1]",
    ]


def test_what_breaks_in_python_alone_has_a_line_of_its_own() -> None:
    found = told(
        line("argument-removed", "Thing.hue"),
        line("parameter-removed", "liminal_api.models.Thing.hue", section="python"),
    )

    assert found[::2] == ["Breaking: change your code (1)", "Nothing to do (1)"]


def test_what_breaks_alike_in_many_models_is_one_line_that_names_them_all() -> None:
    names = "ABCDEFGH"

    found = told(*(line("argument-required", f"{name}.source", at=3) for name in names))

    assert found[1:] == ["{A, B, C, D, E, F, G, H}.source are now required  [a.yaml:3 #/3]"]


def test_lines_on_different_fields_that_break_stay_apart() -> None:
    found = told(line("argument-required", "A.source"), line("argument-required", "A.name"))

    assert len(found) == 3


def test_a_line_on_many_things_tells_how_many_more_places_there_are() -> None:
    found = told(*(line("schema-added", name, at=at) for at, name in enumerate("ABC", 7)))

    assert found[1:] == ["new schemas A, B, C  [a.yaml:7 #/7 and 2 more]"]


def test_places_that_were_merged_before_count_among_the_further_ones() -> None:
    merged = replace(line("parameter-added", "liminal.*", "limit", section="python"), more_places=3)

    assert told(merged)[1].endswith("[a.yaml:1 #/1 and 3 more]")


def test_a_safe_line_on_many_things_names_the_first_of_them() -> None:
    found = told(*(line("schema-added", name) for name in "ABCDEFGH"))

    assert "new schemas A, B, C, D, E, F and 2 more" in found[1]


def test_of_a_type_that_breaks_the_half_that_is_safe_is_not_told() -> None:
    halves = [
        line("argument-wider", "A.id", "integer → string"),
        line("argument-narrower", "A.id", "integer → string"),
        line("argument-wider", "B.id", "integer → string"),
    ]

    assert without_halves(halves) == halves[1:]


@pytest.mark.parametrize(
    ("one", "many"),
    [("a, b was removed", "a, b were removed"), ("a, b is now optional", "a, b are now optional"),
     ("a, b can hold more", "a, b can hold more"), ("new schema a, b", "new schemas a, b"),
     ("a, b no longer answers 202", "a, b no longer answer 202"),
     ("new response field a, b", "new response fields a, b"),
     ("new operation a: GET /is /it", "new operations a: GET /is /it")],
)  # fmt: skip
def test_what_is_said_of_one_thing_can_be_said_of_many(one: str, many: str) -> None:
    assert plural(one) == many
