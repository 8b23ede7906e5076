"""The report in words: what is told together, how it is grouped, as Markdown, and as a version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.codegen.report.compare import Report
from scripts.codegen.report.lines import Change, Place
from scripts.codegen.report.text import markdown, plural, text
from scripts.codegen.report.versions import called_for
from tests.regeneration.cases import NEW_OPERATION, renamed_schema
from tests.regeneration.changing import (
    Data,
    Edit,
    append,
    at,
    drop,
    edited,
    made,
    moved,
    put,
    reference,
    remove,
    wire_changes,
)


def line(
    rule: str, subject: str, detail: str = "", *, at: int = 1, section: str = "schemas"
) -> Change:
    return Change(rule, subject, detail, Place("a.yaml", at, f"#/{at}"), section)


def report(*changes: Change) -> Report:
    return Report("HEAD", list(changes), [], "0.1.0", "0.2.0", "so")


def told(*changes: Change) -> list[str]:
    """Give the lines between the head and the tail."""
    return [one.strip() for one in text(report(*changes)).splitlines()[1:-1]]


# ---- a line


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (put("Thing properties name", type=["string", "null"]), "Thing.name is now nullable"),
        (put("Thing properties tag", type="string"), "Thing.tag is no longer nullable"),
        (moved("/events", "/v2/events"), "watch_things moved: POST /events → POST /v2/events"),
        (lambda data: data["paths"]["/things"].update(get=NEW_OPERATION),
         "new operation list_things: GET /things"),
        (put("get_thing", deprecated=True), "get_thing is deprecated"),
        (append("NewThing required", "size"), "NewThing.size is now required"),
        (remove("Thing required", "name"), "Thing.name is now optional"),
        (put("Thing properties", hue={"type": "string"}), "new response field Thing.hue"),
        (put("Thing properties id", type="number"),
         "Thing.id has a different type: integer → number"),
        (append("Thing properties state enum", "lost"), "Thing.state has new values: lost"),
        (put("Thing properties name", maxLength=99),
         "Thing.name has a different limit: maxLength 20 → 99"),
        (put("note_thing requestBody", content={}),
         "note_thing body now has a different media type: text/plain → none"),
    ],
)  # fmt: skip
def test_a_change_is_reported_in_plain_words(edit: Edit, words: str) -> None:
    assert words in [one.text for one in wire_changes(edited(), edited(edit))]


def test_a_body_without_a_media_type_can_be_given_one() -> None:
    none = put("note_thing requestBody", content={})
    described = edited(none, put("note_thing", summary="Note."))
    texts = [
        [one.text for one in wire_changes(edited(none), data)] for data in (described, edited())
    ]
    assert texts == [
        ["note_thing has a new description"],
        ["note_thing body now has a different media type: none → text/plain"],
    ]


LIMIT = "get_thing parameters 1"
# A change, and all lines that tell it.
WHOLE = [
    (put(LIMIT, **{"in": "header"}), ["get_thing limit is now sent in the header"]),
    (put("get_thing parameters 3", style="form", explode=True), []),
    (put(LIMIT, deprecated=True), ["get_thing limit is deprecated"]),
    (put(LIMIT, description="At most so many."), ["get_thing limit has a new description"]),
    (put("NewThing properties size", default=1), ["NewThing.size has a new description"]),
    (put("Thing properties", label={"type": "string"}),
     ["Thing.label has a different type: object → string"]),
    (put("Thing properties kind", const=None, enum=["thing", "other"]),
     ["Thing.kind has a different fixed value: 'thing' → one of other, thing"]),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "words"), WHOLE)
def test_a_change_is_reported_in_full_and_once(edit: Edit, words: list[str]) -> None:
    assert [one.text for one in wire_changes(edited(), edited(edit))] == words


def test_what_was_a_parameter_can_become_the_body() -> None:
    query = put("create_thing", parameters=[{"name": "body", "in": "query", "schema": {}}])
    before = edited(query, drop("create_thing", "requestBody"))
    assert "create_thing body is now sent in the body" in [
        one.text for one in wire_changes(before, edited())
    ]


def test_a_schema_can_be_renamed_while_the_name_of_another_begins_with_its_name() -> None:
    def kinds(data: Data) -> None:
        data["components"]["schemas"]["LabelKind"] = {"type": "string"}
        at(data, "Label")["properties"] = {"kind": reference("LabelKind")}

    found = wire_changes(edited(kinds), edited(kinds, renamed_schema))
    assert [one.text for one in found if "renamed" in one.text] == ["Label was renamed to Mark"]


@pytest.mark.parametrize(
    ("one", "many"),
    [("a, b was removed", "a, b were removed"), ("a, b is now optional", "a, b are now optional"),
     ("a, b can hold more", "a, b can hold more"), ("new schema a, b", "new schemas a, b"),
     ("a, b no longer answers 202", "a, b no longer answer 202"),
     ("new response field a, b", "new response fields a, b"),
     ("new operation a: GET /is /it", "new operations a: GET /is /it")],
)  # fmt: skip
def test_a_sentence_about_one_thing_becomes_one_about_many(one: str, many: str) -> None:
    assert plural(one) == many


# ---- lines together


def test_groups_are_ordered_by_what_callers_must_do() -> None:
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


def test_markdown_lists_the_groups_and_escapes_markup() -> None:
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


PLACE = "[a.yaml:1 #/1]"
ADDED, REMOVED = (
    [line(f"argument-{what}", "Thing.hue"),
     line(f"parameter-{what}", "liminal_api.models.Thing.hue", section="python")]
    for what in ("added", "removed")
)  # fmt: skip


# What is put together on a line, the changes, and the lines.
TOGETHER = {
    "a change of the wire and of Python": (
        ADDED, ["new optional argument Thing.hue (Python: liminal_api.models.Thing.hue)  " + PLACE]
    ),
    "the same break in many models": (
        [line("argument-required", f"{name}.source", at=3) for name in "ABCDEFGH"],
        ["{A, B, C, D, E, F, G, H}.source are now required  [a.yaml:3 #/3]"],
    ),
    "not what breaks in different fields": (
        [line("argument-required", "A.source"), line("argument-required", "A.name")],
        [f"A.source is now required  {PLACE}", f"A.name is now required  {PLACE}"],
    ),
    "how many more places there are": (
        [line("schema-added", name, at=at) for at, name in enumerate("ABC", 7)],
        ["new schemas A, B, C  [a.yaml:7 #/7 and 2 more]"],
    ),
    "the places of changes merged before": (
        [replace(line("schema-added", "A"), more_places=3)],
        ["new schema A  [a.yaml:1 #/1 and 3 more]"],
    ),
    "the first names of many safe changes": (
        [line("schema-added", name) for name in "ABCDEFGH"],
        ["new schemas A, B, C, D, E, F and 2 more  [a.yaml:1 #/1]"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), TOGETHER.values(), ids=TOGETHER)
def test_related_changes_share_a_line(changes: list[Change], words: list[str]) -> None:
    assert told(*changes)[1:] == words


def test_the_head_counts_lines() -> None:
    head, *_ = text(report(*ADDED, line("operation-removed", "a"))).splitlines()
    assert head == "what changed for users since HEAD: 1 breaking, 1 safe"


def test_a_change_that_breaks_only_python_has_a_line_of_its_own() -> None:
    assert told(*REMOVED)[::2] == ["Breaking: change your code (1)", "Nothing to do (1)"]


def test_the_safe_half_of_a_breaking_change_of_type_is_not_reported() -> None:
    found = wire_changes(edited(), edited(put("NewThing properties size", type="string")))
    assert [one.rule_id for one in found] == ["argument-narrower"]


def test_a_report_of_many_safe_lines_stays_short() -> None:
    assert len(told(*(line("words", "A", f"detail {n}") for n in range(50)))) < 20


# ---- the version


@pytest.mark.parametrize(
    ("version", "rules", "expected"),
    [
        ("0.3.1", [], "0.3.1"),
        ("0.3.1", ["operation-removed"], "0.4.0"),
        ("0.3.1", ["operation-added"], "0.3.2"),
        ("0.3.1", ["words"], "0.3.2"),
        ("1.3.1", ["operation-removed", "operation-added"], "2.0.0"),
        ("1.3.1", ["operation-added"], "1.4.0"),
        ("1.3.1", ["operation-deprecated"], "1.4.0"),
        ("1.3.1", ["words"], "1.3.2"),
    ],
)
def test_the_version_follows_from_the_lines(version: str, rules: list[str], expected: str) -> None:
    assert called_for(version, [made(rule) for rule in rules])[0] == expected


# ---- the tags that tell the variants of a union apart

TAGS = {"circle": "Circle", "square": "Square"}


def tagged(tags: dict[str, str]) -> Data:
    """Give a contract whose figures are known by these tags; they are sent as well as answered."""
    data = edited(put("NewThing properties", figure=reference("Figure")))
    mapping = {tag: f"#/components/schemas/{name}" for tag, name in tags.items()}
    at(data, "Figure discriminator")["mapping"] = mapping
    at(data, "Figure")["oneOf"] = [reference(name) for name in dict.fromkeys(tags.values())]
    for name in ("Circle", "Square"):
        del at(data, f"{name} properties shape")["const"]
    return data


DISC = TAGS | {"disc": "Circle"}
# The tags before and after, and the rules with their details.
TAG_CHANGES = {
    "old clients keep a new tag of a known variant": (
        TAGS, DISC, {("argument-wider", "disc"), ("field-open", "disc")}
    ),
    "a removed tag is no longer accepted": (DISC, TAGS, {("argument-narrower", "disc")}),
    "a tag that now means another variant breaks old clients": (
        TAGS,
        {"circle": "Square", "square": "Circle"},
        {("argument-narrower", "circle, square"), ("field-wider", "circle, square")},
    ),
    "the tag of a new variant is reported with the variant": (
        TAGS, TAGS | {"label": "Label"}, {("argument-wider", "Label"), ("field-open", "Label")}
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), TAG_CHANGES.values(), ids=TAG_CHANGES)
def test_changed_tags_are_judged_by_the_variants_that_they_name(
    old: dict[str, str], new: dict[str, str], expected: set[tuple[str, str]]
) -> None:
    found = wire_changes(tagged(old), tagged(new))
    assert {(one.rule_id, one.detail) for one in found if one.subject == "Figure"} == expected
