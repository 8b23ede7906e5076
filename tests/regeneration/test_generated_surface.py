"""What changes of the contract do to the package that is generated from it."""

from __future__ import annotations

from pathlib import Path

import griffe
import pytest

from scripts.codegen.client.generate import generate
from scripts.codegen.contract.document import Contract
from scripts.codegen.report.compare import compare
from scripts.codegen.report.lines import Change
from scripts.codegen.report.python.surface import load
from tests.generated.making import ROOT, write
from tests.regeneration.cases import CASES, triangle
from tests.regeneration.changing import Edit, edited, without

# Changes that can all be made at once, none of which breaks a caller.
SAFE = {"a new one with a new tag", "a field of a body", "a query array", "a header"}
SAFE |= {"a new field", "a new value", "one value more", "deprecated from now on"}
SAFE |= {"a field of what allOf brings in"}


def make(root: Path, *edits: Edit) -> Path:
    """Make a project of a contract, as far as the report looks at it."""
    (root / "openapi").mkdir(parents=True)
    path = write(root / "openapi/liminal.yaml", edited(*edits))
    generate(Contract(path), ROOT / "openapi", root / "generated/liminal_api")
    return root


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("project") / "before")


@pytest.fixture(scope="module")
def safe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    edits = [case.edit for case in CASES if case.name in SAFE]
    return make(tmp_path_factory.mktemp("project") / "safe", *edits)


def python(before: Path, after: Path) -> list[Change]:
    changes = compare(before, after, "v1", "v1").changes
    return [change for change in changes if change.section == "python"]


def test_usual_additions_to_an_api_are_reported_and_break_no_caller(
    before: Path, safe: Path
) -> None:
    changes = python(before, safe)

    assert [change.text for change in changes if change.breaking] == []
    assert {change.subject for change in changes} >= {
        "liminal_api.api.shelf",
        "liminal_api.models.NewThing.hue",
        "liminal_api.models.Order.A",
        "liminal_api.models.Thing.hue",
    }


def test_griffe_finds_nothing_breaking_in_it_either(before: Path, safe: Path) -> None:
    old, new = (load(folder)["liminal_api"] for folder in (before, safe))

    # The values of constants such as OPERATION and __all__ are told by the contract's own lines.
    values = griffe.BreakageKind.ATTRIBUTE_CHANGED_VALUE
    found = griffe.find_breaking_changes(old, new)
    assert [one.explain() for one in found if one.kind is not values] == []


def test_a_new_variant_breaks_callers_that_handle_every_variant(
    before: Path, tmp_path: Path
) -> None:
    after = make(tmp_path / "after", triangle)
    (line,) = (change for change in python(before, after) if change.breaking)
    assert line.subject == "liminal_api.models.Thing.figure"


def test_a_removed_field_breaks_callers_though_old_clients_still_work(
    before: Path, tmp_path: Path
) -> None:
    after = make(tmp_path / "after", without("Thing", "weight"))

    lines = [(change.section, change.text, change.breaking, change.place.pointer)
             for change in compare(before, after, "v1", "v1").changes]  # fmt: skip

    pointer = "#/components/schemas/Thing/properties/weight"
    assert lines == [
        ("schemas", "Thing.weight was removed", False, pointer),
        ("python", "liminal_api.models.Thing.weight was removed", True, pointer),
    ]
