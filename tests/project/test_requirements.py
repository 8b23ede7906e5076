"""The lock files: they hold all that is asked for, and no address; pip checks pins and hashes."""

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

import pytest

from scripts.codegen.derive import ROOT
from tests.project.imports import modules, within

FOLDER = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
NAME = re.compile(r"^[a-z][a-z0-9._-]*", re.IGNORECASE)
over_every_lock = pytest.mark.parametrize(
    "lock", sorted(FOLDER.glob("*.txt")), ids=lambda lock: lock.name
)


def pinned(lock: Path) -> dict[str, str]:
    """Read a lock file: each package's requirement, by name, with its lines joined."""
    lines = lock.read_text("utf-8").replace("\\\n", " ").splitlines()
    return {_name(line): line for line in lines if line and not line.lstrip().startswith("#")}


def _name(requirement: str) -> str:
    found = NAME.match(requirement)
    assert found, f"not a requirement: {requirement}"
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def asked(*sources: str, extras: Iterable[str] = EXTRAS) -> set[str]:
    """Name what ``pyproject.toml``, with these extras, and these ``.in`` files ask for."""
    needs = [*PROJECT["dependencies"], *(need for extra in extras for need in EXTRAS[extra])]
    for source in sources:
        lines = (FOLDER / source).read_text("utf-8").splitlines()
        needs += [line for line in lines if NAME.match(line)]
    return {_name(need) for need in needs} - {PROJECT["name"]}  # An extra may name others.


@over_every_lock
def test_a_lock_file_holds_no_address_and_no_path_of_a_machine(lock):
    text = lock.read_text("utf-8")
    assert re.findall(r"\w+://|--\w*index|--find-links|(?<![\w.])/\w+|@ ", text) == []


def test_a_lock_file_holds_all_that_is_asked_for():
    assert asked("dev.in", "demo.in") - pinned(FOLDER / "dev.txt").keys() == set()
    assert asked("demo.in", extras=["sandbox"]) - pinned(FOLDER / "demo.txt").keys() == set()


def test_every_library_that_chores_and_tests_import_is_asked_for():
    """A library that is installed only as another's dependency does not count."""
    ours = {"benchmarks", "liminal", "liminal_api", "scripts", "tests"}
    imported = {
        name.partition(".")[0]
        for package in ("liminal", "scripts", "tests")
        for module in modules(package)
        if not within(module.name, "tests.engines")  # ./scripts/engines installs engines.txt
        for name in module.imports_when_run()
    }
    given = {name for package in asked("dev.in", "demo.in") for name in _top_level(package)}
    assert imported - ours - sys.stdlib_module_names - given == set()


def _top_level(package: str) -> set[str]:
    """What a package brings into site-packages: names to import, among others."""
    files = (distribution(package).read_text("RECORD") or "").splitlines()
    return {file.partition(",")[0].partition("/")[0].removesuffix(".py") for file in files}


def test_the_demo_runs_on_the_versions_that_are_tested():
    demo, dev = pinned(FOLDER / "demo.txt"), pinned(FOLDER / "dev.txt")
    versions = {name: line.split()[0] for name, line in demo.items()}
    assert versions == {name: dev[name].split()[0] for name in demo}


def test_the_generator_is_pinned_exactly_where_it_is_asked_for():
    text = (FOLDER / "dev.in").read_text("utf-8")
    assert re.search(r"^openapi-python-client==\d+\.\d+\.\d+$", text, re.MULTILINE)
