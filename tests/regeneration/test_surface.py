"""What the report says of the Python surface: an example of each rule, and griffe's own opinion."""

from __future__ import annotations

import os
from pathlib import Path

import griffe
import pytest

from scripts.codegen.report.lines import Change, Place
from scripts.codegen.report.python.annotations import Fit, fit
from scripts.codegen.report.python.names import Surfaces
from scripts.codegen.report.python.surface import load, surface
from scripts.codegen.report.rules import PYTHON

MODEL = """
import attrs

@attrs.frozen(kw_only=True)
class Thing:
    name: str{}
"""

# rule, what it is an example of, before, after
CASES = [
    ("name-added", "a function", "", "def make(): ..."),
    ("name-added", "a field of a model that is answered", MODEL.format(""),
     MODEL.format("\n    size: int")),
    ("name-removed", "a class", "class Thing: ...", ""),
    ("name-removed", "a method", "class Thing:\n    def go(self): ...", "class Thing: ..."),
    ("name-removed", "a value of an enumeration", "class Color(str):\n    RED = 'red'",
     "class Color(str): ..."),
    ("name-renamed", "a function that is otherwise the same", "def make(a: int) -> str: ...",
     "def create(a: int) -> str: ..."),
    ("name-changed", "a function that becomes a class", "def make(): ...", "class make: ..."),
    ("base-removed", "a class that loses its base", "class Lost(OSError): ...", "class Lost: ..."),
    ("value-changed", "a value of an enumeration", "class Color(str):\n    RED = 'red'",
     "class Color(str):\n    RED = 'rouge'"),
    ("parameter-added", "an optional one", "def make(): ...", "def make(*, a=1): ..."),
    ("parameter-demanded", "a required one", "def make(): ...", "def make(a): ..."),
    ("parameter-removed", "one that was optional", "def make(a=1): ...", "def make(): ..."),
    ("parameter-renamed", "one that is otherwise the same", "def make(*, a: int): ...",
     "def make(*, b: int): ..."),
    ("parameter-required", "one that had a default", "def make(a=1): ...", "def make(a): ..."),
    ("parameter-optional", "one that gets a default", "def make(a): ...", "def make(a=1): ..."),
    ("parameter-default", "another default", "def make(a=1): ...", "def make(a=2): ..."),
    ("parameter-kind", "keyword-only from now on", "def make(a): ...", "def make(*, a): ..."),
    ("parameter-kind", "another order", "def make(a, b): ...", "def make(b, a): ..."),
    ("takes-more", "None as well", "def make(a: int): ...", "def make(a: int | None): ..."),
    ("takes-less", "no None any longer", "def make(a: int | None): ...", "def make(a: int): ..."),
    ("gives-more", "None as well", "def make() -> int: ...", "def make() -> int | None: ..."),
    ("gives-more", "a field that may be None", MODEL.format(""), MODEL.format(" | None")),
    ("gives-less", "never None", "def make() -> int | None: ...", "def make() -> int: ..."),
    ("type-changed", "another type", "def make() -> int: ...", "def make() -> str: ..."),
]  # fmt: skip


def changes(folder: Path, before: str, after: str, *sent: str) -> list[Change]:
    """Compare two packages of a single module."""
    for name, source in (("before", before), ("after", after)):
        package = folder / name / "liminal_api"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(source, encoding="utf-8")
    found = Surfaces(
        surface(folder / "before"),
        surface(folder / "after"),
        lambda name, _: Place(name.file.name, name.line),
        frozenset(sent),
        frozenset(),
    )
    return list(found.changes())


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [(rule, before, after) for rule, _, before, after in CASES],
    ids=[f"{rule}: {name}" for rule, name, _, _ in CASES],
)
def test_the_report_names_the_rule_and_no_other(
    rule: str, before: str, after: str, tmp_path: Path
) -> None:
    assert [change.rule_id for change in changes(tmp_path, before, after)] == [rule]


def test_every_rule_on_python_has_an_example() -> None:
    assert {rule for rule, *_ in CASES} == PYTHON.keys()


@pytest.mark.parametrize(
    ("before", "after"),
    [(before, after) for _, _, before, after in CASES],
    ids=[f"{rule}: {name}" for rule, name, _, _ in CASES],
)
def test_what_griffe_calls_breaking_is_breaking(before: str, after: str, tmp_path: Path) -> None:
    found = changes(tmp_path, before, after)
    (old,), (new,) = load(tmp_path / "before"), load(tmp_path / "after")

    if [*griffe.find_breaking_changes(old, new)]:
        assert any(change.breaking for change in found)


def test_a_required_field_of_a_model_that_callers_make_is_breaking(tmp_path: Path) -> None:
    after = MODEL.format("\n    size: int")

    (change,) = changes(tmp_path, MODEL.format(""), after, "liminal_api.Thing")

    assert (change.rule_id, change.subject) == ("parameter-demanded", "liminal_api.Thing.size")


def test_an_optional_field_of_a_model_that_callers_make_is_safe(tmp_path: Path) -> None:
    after = MODEL.format("\n    size: int | None = attrs.field(default=None, repr=False)")

    (change,) = changes(tmp_path, MODEL.format(""), after, "liminal_api.Thing")

    assert (change.rule_id, change.breaking) == ("parameter-added", False)


def test_a_name_with_an_underscore_is_nobodys_business(tmp_path: Path) -> None:
    assert changes(tmp_path, "def _make(): ...", "") == []


def test_a_docstring_or_a_comment_is_no_change(tmp_path: Path) -> None:
    assert changes(tmp_path, "def make(): ...", 'def make():\n    """Make."""  # So.') == []


def test_a_new_class_is_told_without_its_members(tmp_path: Path) -> None:
    (change,) = changes(tmp_path, "", "class Thing:\n    def go(self): ...")

    assert change.text == "new name liminal_api.Thing"


def test_names_come_in_the_same_order_however_the_file_system_lists_files(
    tmp_path: Path, monkeypatch
) -> None:
    package = tmp_path / "liminal_api"
    package.mkdir()
    for name in ("__init__", "b", "a", "c"):
        (package / f"{name}.py").write_text("")
    orders = []
    for backwards in (False, True):
        listed = _in_order(os.walk, backwards=backwards)
        monkeypatch.setattr(os, "walk", listed)
        orders.append(list(surface(tmp_path)))

    assert orders[0] == orders[1] != []


def _in_order(walk, *, backwards: bool):
    def listed(*arguments, **options):
        for folder, folders, files in walk(*arguments, **options):
            yield folder, folders, sorted(files, reverse=backwards)

    return listed


def test_what_is_the_same_for_many_functions_is_told_once(tmp_path: Path) -> None:
    before = "\n".join(f"def {name}(): ..." for name in "abc")

    (change,) = changes(tmp_path, before, before.replace("()", "(limit=1)"))

    assert change.text == "liminal_api.* has a new optional parameter limit"
    assert change.more_places == 2


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("int", "int", Fit.SAME),
        ("int | str", "str | int", Fit.SAME),
        ("int", "float", Fit.MORE),
        ("float", "int", Fit.LESS),
        ("str", "Any", Fit.MORE),
        ("Any", "str", Fit.LESS),
        ("list[int]", "list[int | str]", Fit.OTHER),
        ("Sequence[int]", "Sequence[int | str]", Fit.MORE),
        ("Response[int]", "Response[int | None]", Fit.MORE),
        ("Literal['a']", "Literal['a', 'b']", Fit.MORE),
        ("Literal['a']", "str", Fit.MORE),
        ("str", "Literal['a']", Fit.LESS),
        ("int", "Literal['a']", Fit.OTHER),
    ],
)
def test_one_type_holds_more_or_less_than_another(old: str, new: str, expected: Fit) -> None:
    assert fit(old, new) is expected
