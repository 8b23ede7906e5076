"""What the report says when the variants of a union are told apart by other values."""

from __future__ import annotations

from copy import deepcopy

from scripts.codegen.report.wire.calls import changed_operations
from scripts.codegen.report.wire.contracts import Pair, schemas
from tests.regeneration.changing import Data, base, fields, schema
from tests.regeneration.comparing import Unwritten

CIRCLE, SQUARE = "#/components/schemas/Circle", "#/components/schemas/Square"


def tagged(mapping: dict[str, str], *, sent: bool = False) -> Data:
    data = deepcopy(base())
    schema("Figure", "discriminator")(data)["mapping"] = mapping
    for name in ("Circle", "Square"):
        del schema(name, "properties", "shape")(data)["const"]
    if sent:
        del fields(data)["figure"]
        schema("NewThing", "properties")(data)["figure"] = {"$ref": "#/components/schemas/Figure"}
    return data


def lines(old: dict[str, str], new: dict[str, str], *, sent: bool = False) -> list[tuple[str, str]]:
    pair = Pair(Unwritten(tagged(old, sent=sent)), Unwritten(tagged(new, sent=sent)), "before")
    return [(one.rule_id, one.detail) for one in [*changed_operations(pair), *schemas(pair)]]


BEFORE = {"circle": CIRCLE, "square": SQUARE}


def test_a_further_tag_of_a_known_variant_is_kept_by_old_clients() -> None:
    assert lines(BEFORE, {**BEFORE, "disc": CIRCLE}) == [("field-open", "disc")]


def test_a_tag_that_is_gone_is_no_longer_accepted() -> None:
    found = lines({**BEFORE, "disc": CIRCLE}, BEFORE, sent=True)

    assert found == [("argument-narrower", "disc")]


def test_a_tag_that_stands_for_another_variant_breaks_old_clients() -> None:
    found = lines(BEFORE, {"circle": SQUARE, "square": CIRCLE})

    assert ("field-wider", "circle, square") in found


def test_a_tag_that_a_new_variant_brings_is_told_with_that_variant() -> None:
    after = tagged(BEFORE)
    schema("Figure")(after)["oneOf"].append({"$ref": "#/components/schemas/Label"})
    schema("Figure", "discriminator")(after)["mapping"]["label"] = "#/components/schemas/Label"
    pair = Pair(Unwritten(tagged(BEFORE)), Unwritten(after), "before")

    assert [(one.rule_id, one.detail) for one in schemas(pair)] == [("field-open", "Label")]
