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
from scripts.codegen.report.rules import RULES

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
    ("name-renamed", "a class whose name another begins with",
     "class Status: ...\nclass Stat:\n    status: Status",
     "class Status: ...\nclass Count:\n    status: Status"),
    ("name-changed", "a function that becomes a class", "def make(): ...", "class make: ..."),
    ("name-changed", "a function with a parameter that becomes a class with a method",
     "def make(a): ...", "class make:\n    def go(self): ..."),
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
        surface(load(folder / "before")),
        surface(load(folder / "after")),
        lambda name, _: Place(name.file.name, name.line),
        frozenset(sent),
        frozenset(),
    )
    return list(found.changes())


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [pytest.param(rule, *sources, id=f"{rule}: {name}") for rule, name, *sources in CASES],
)
def test_the_report_names_only_the_rule_and_griffe_finds_nothing_more_that_breaks(
    rule: str, before: str, after: str, tmp_path: Path
) -> None:
    (found,) = changes(tmp_path, before, after)
    old, new = (load(folder)["liminal_api"] for folder in (tmp_path / "before", tmp_path / "after"))
    assert found.rule_id == rule
    assert found.breaking or not [*griffe.find_breaking_changes(old, new)]


def test_every_rule_on_python_has_an_example() -> None:
    assert {rule for rule, *_ in CASES} == {
        name for name, rule in RULES.items() if rule.table == "Python"
    }


@pytest.mark.parametrize(
    ("field", "rule", "breaking"),
    [
        ("size: int", "parameter-demanded", True),
        ("size: int | None = attrs.field(default=None, repr=False)", "parameter-added", False),
    ],
)
def test_a_required_field_of_a_model_that_callers_make_is_breaking(
    field: str, rule: str, breaking: bool, tmp_path: Path
) -> None:
    after = MODEL.format(f"\n    {field}")
    (change,) = changes(tmp_path, MODEL.format(""), after, "liminal_api.Thing")
    assert (change.rule_id, change.subject) == (rule, "liminal_api.Thing.size")
    assert change.breaking is breaking


DEPRECATED = """
    _size: int | None = attrs.field(default=None, alias='size')
    @property
    def size(self) -> int | None: ..."""


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        pytest.param("size: int", "length: int", ["name-renamed"], id="renamed"),
        pytest.param("size: int | None = None", DEPRECATED, [], id="deprecated"),
        pytest.param(DEPRECATED, "size: int", ["parameter-required", "takes-less"], id="required"),
    ],
)
def test_a_change_of_a_field_of_a_model_that_callers_make_is_reported_once(
    before: str, after: str, rules: list[str], tmp_path: Path
) -> None:
    models = [MODEL.format(f"\n    {field}") for field in (before, after)]
    found = changes(tmp_path, *models, "liminal_api.Thing")
    assert [change.rule_id for change in found] == rules


MAKE = "def a({0}): ...\ndef b({0}): ...\ndef c({0}): ..."


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("def _make(): ...", "", []),  # a name with an underscore is private
        ("def make(): ...", 'def make():\n    """Make."""  # So.', []),
        ("", "class Thing:\n    def go(self): ...", ["new name liminal_api.Thing (1)"]),
        ("class Thing: ...\ndef make() -> list[Thing]: ...",
         "class Item: ...\ndef make() -> list[Item]: ...",
         ["liminal_api.Thing was renamed to Item (1)"]),
        (MAKE.format(""), MAKE.format("limit=1"),
         ["liminal_api.* has a new optional parameter limit (3)"]),
    ],
)  # fmt: skip
def test_related_changes_are_reported_once_and_private_ones_not_at_all(
    before: str, after: str, lines: list[str], tmp_path: Path
) -> None:
    found = changes(tmp_path, before, after)
    assert [f"{change.text} ({1 + change.more_places})" for change in found] == lines


def test_the_methods_of_a_property_s_class_are_names_of_the_client(tmp_path: Path) -> None:
    package = tmp_path / "liminal"
    package.mkdir()
    (package / "_part.py").write_text("class Part:\n    def go(self): ...\n    def _run(self): ...")
    (package / "__init__.py").write_text(CLIENT)

    assert [path for path in surface(load(tmp_path)) if path.startswith("liminal.Client.")] == [
        "liminal.Client.part",
        "liminal.Client.part.go",
    ]


CLIENT = """
from liminal._part import Part

class Client:
    @property
    def part(self) -> Part: ...
"""


def test_the_order_of_names_does_not_depend_on_the_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, walk = tmp_path / "liminal_api", os.walk
    package.mkdir()
    for name in ("__init__", "b", "a", "c"):
        (package / f"{name}.py").write_text("")
    orders = []
    for step in (1, -1):
        listed = [
            (folder, folders, sorted(files)[::step]) for folder, folders, files in walk(package)
        ]
        monkeypatch.setattr(os, "walk", lambda *_, listed=listed, **__: iter(listed))
        orders.append(list(surface(load(tmp_path))))

    assert orders[0] == orders[1] != []


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("int", "float"),
        ("str", "Any"),
        ("Sequence[int]", "Sequence[int | str]"),
        ("Response[int]", "Response[int | None]"),
        ("Literal['a']", "Literal['a', 'b']"),
        ("Literal['a']", "str"),
    ],
)
def test_a_type_accepts_more_or_less_than_another(less: str, more: str) -> None:
    assert (fit(less, more), fit(more, less)) == (Fit.MORE, Fit.LESS)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("int", "int", Fit.SAME),
        ("int | str", "str | int", Fit.SAME),
        ("list[int]", "list[int | str]", Fit.OTHER),
        ("int", "Literal['a']", Fit.OTHER),
    ],
)
def test_two_types_are_the_same_or_unrelated(old: str, new: str, expected: Fit) -> None:
    assert fit(old, new) is expected
