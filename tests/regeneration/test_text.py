"""The report as text: what is told together, and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.codegen.report.compare import Report, without_halves
from scripts.codegen.report.lines import Change, Place
from scripts.codegen.report.text import plural, text


def line(
    rule: str, subject: str, detail: str = "", *, at: int = 1, section: str = "schemas"
) -> Change:
    return Change(rule, subject, detail, Place("a.yaml", at, f"#/{at}"), section)


def told(*changes: Change) -> list[str]:
    """Give the lines between the head and the tail."""
    lines = text(Report("HEAD", list(changes), [], "0.1.0", "0.2.0", "so")).splitlines()
    return [" ".join(one.split()) for one in lines[1:-1]]


def test_a_line_on_python_is_part_of_the_line_on_the_wire_that_says_the_same() -> None:
    found = told(
        line("argument-added", "Thing.hue"),
        line("parameter-added", "liminal_api.models.Thing.hue", section="python"),
    )

    assert found == [
        "schemas",
        "safe added Thing.hue may be sent (Python: liminal_api.models.Thing.hue) [a.yaml:1 #/1]",
    ]


def test_what_breaks_in_python_alone_has_a_line_of_its_own() -> None:
    found = told(
        line("argument-removed", "Thing.hue"),
        line("parameter-removed", "liminal_api.models.Thing.hue", section="python"),
    )

    assert [one.split()[0] for one in found] == ["schemas", "safe", "python", "BREAKING"]


def test_what_breaks_alike_in_many_models_is_one_line_that_names_them_all() -> None:
    names = "ABCDEFGH"

    found = told(*(line("argument-required", f"{name}.source", at=3) for name in names))

    assert found[1:] == [
        "BREAKING changed {A, B, C, D, E, F, G, H}.source have to be sent now [a.yaml:3 #/3]"
    ]


def test_lines_on_different_fields_that_break_stay_apart() -> None:
    found = told(line("argument-required", "A.source"), line("argument-required", "A.name"))

    assert len(found) == 3


def test_a_line_on_many_things_tells_how_many_more_places_there_are() -> None:
    found = told(*(line("schema-added", name, at=at) for at, name in enumerate("ABC", 7)))

    assert found[1:] == ["safe added A, B, C are new [a.yaml:7 #/7 and 2 more]"]


def test_places_that_were_merged_before_count_among_the_further_ones() -> None:
    merged = replace(line("parameter-added", "liminal.*", "limit", section="python"), more_places=3)

    assert told(merged)[1].endswith("[a.yaml:1 #/1 and 3 more]")


def test_a_safe_line_on_many_things_names_the_first_of_them() -> None:
    found = told(*(line("schema-added", name) for name in "ABCDEFGH"))

    assert "A, B, C, D, E, F and 2 more are new" in found[1]


def test_of_a_type_that_breaks_the_half_that_is_safe_is_not_told() -> None:
    halves = [
        line("argument-wider", "A.id", "integer → string"),
        line("argument-narrower", "A.id", "integer → string"),
        line("argument-wider", "B.id", "integer → string"),
    ]

    assert without_halves(halves) == halves[1:]


@pytest.mark.parametrize(
    ("one", "many"),
    [("is new", "are new"), ("has to be sent", "have to be sent"), ("may be sent", "may be sent"),
     ("no longer answers", "no longer answer"), ("also speaks", "also speak"),
     ("accepts less", "accept less"), ("lost a base class", "lost a base class")],
)  # fmt: skip
def test_what_is_said_of_one_thing_can_be_said_of_many(one: str, many: str) -> None:
    assert plural(one) == many
