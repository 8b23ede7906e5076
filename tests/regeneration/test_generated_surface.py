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
from tests.generated.making import ROOT, read, write
from tests.regeneration.cases import ANSWERED_CASES, OPERATION_CASES, SENT_CASES
from tests.regeneration.changing import BASE, triangle, without

# Changes that can all be made at once, each of which leaves callers in peace.
SAFE = {"a new one with a new tag", "a field of a body", "a query array", "a header"}
SAFE |= {"a new field", "a new value", "one value more", "on its way out"}
SAFE |= {"a field of what allOf brings in"}


def make(root: Path, data: dict) -> Path:
    """Make a project of a contract, as far as the report looks at it."""
    (root / "openapi").mkdir(parents=True)
    path = write(root / "openapi/liminal.yaml", data)
    generate(Contract(path), ROOT / "openapi", root / "generated/liminal_api")
    return root


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("project") / "before", read(BASE))


@pytest.fixture(scope="module")
def safe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = read(BASE)
    for case in [*OPERATION_CASES, *SENT_CASES, *ANSWERED_CASES]:
        if case.name in SAFE:
            case.edit(data)
    return make(tmp_path_factory.mktemp("project") / "safe", data)


def python(before: Path, after: Path) -> list[Change]:
    changes = compare(before, after, "v1", "v1").changes
    return [change for change in changes if change.section == "python"]


def test_what_an_api_usually_gains_breaks_no_caller(before: Path, safe: Path) -> None:
    assert [change.text for change in python(before, safe) if change.breaking] == []


def test_griffe_finds_nothing_breaking_in_it_either(before: Path, safe: Path) -> None:
    (old,), (new,) = load(before), load(safe)
    found = list(griffe.find_breaking_changes(old, new))

    # The values of constants such as OPERATION and __all__ are told by the contract's own lines.
    values = griffe.BreakageKind.ATTRIBUTE_CHANGED_VALUE
    assert [one.explain() for one in found if one.kind is not values] == []


def test_a_variant_more_breaks_callers_that_tell_all_apart(before: Path, tmp_path: Path) -> None:
    data = read(BASE)
    triangle(data)
    after = make(tmp_path / "after", data)

    (line,) = (change for change in python(before, after) if change.breaking)

    assert line.subject == "liminal_api.models.Thing.figure"


def test_all_that_is_new_for_callers_is_told(before: Path, safe: Path) -> None:
    subjects = {change.subject for change in python(before, safe)}

    assert subjects >= {
        "liminal_api.api.shelf",
        "liminal_api.models.NewThing.hue",
        "liminal_api.models.Order.A",
        "liminal_api.models.Thing.hue",
    }


def test_a_field_that_goes_breaks_callers_though_old_clients_live_on(
    before: Path, tmp_path: Path
) -> None:
    data = read(BASE)
    without("weight")(data)
    after = make(tmp_path / "after", data)

    lines = [(change.section, change.text, change.breaking, change.place.pointer)
             for change in compare(before, after, "v1", "v1").changes]  # fmt: skip

    pointer = "#/components/schemas/Thing/properties/weight"
    assert lines == [
        ("schemas", "Thing.weight was removed", False, pointer),
        ("python", "liminal_api.models.Thing.weight was removed", True, pointer),
    ]
