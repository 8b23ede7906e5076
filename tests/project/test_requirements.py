"""The lock files: everything pinned by hash, nothing said of where it comes from."""

import re
import sys
import tomllib
from collections.abc import Collection
from importlib.metadata import distribution
from pathlib import Path

import pytest

from scripts.codegen.derive import ROOT
from tests.project.imports import modules, within

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
NAME = re.compile(r"^[a-z][a-z0-9._-]*", re.IGNORECASE)


def pinned(lock: Path) -> dict[str, str]:
    """Read a lock file: each package's requirement, by name, with its lines joined."""
    text = lock.read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return {_name(line): line for line in lines}


def _name(requirement: str) -> str:
    found = NAME.match(requirement)
    assert found, f"not a requirement: {requirement}"
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def asked(*sources: str, extras: Collection[str] | None = None) -> set[str]:
    """Name what ``pyproject.toml``, with these extras or all, and these ``.in`` files ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    further = [need for extra in extras or optional for need in optional[extra]]
    lines = [
        line
        for source in sources
        for line in (ROOT / "requirements" / source).read_text("utf-8").splitlines()
        if NAME.match(line)
    ]
    own = project["name"]  # An extra may name others.
    return {_name(need) for need in [*project["dependencies"], *further, *lines]} - {own}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_with_its_hashes(lock: Path) -> None:
    packages = pinned(lock)
    assert packages
    shape = re.compile(r"\S+==\S+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert [line for line in packages.values() if not shape.fullmatch(line)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_holds_no_address_and_no_path_of_a_machine(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert re.findall(r"\w+://|--\w*index|--find-links|(?<![\w.])/\w+|@ ", text) == []


@pytest.mark.parametrize(
    ("lock", "sources", "extras"),
    [("dev.txt", ["dev.in", "demo.in"], None), ("demo.txt", ["demo.in"], ["sandbox"])],
)
def test_a_lock_file_holds_all_that_is_asked_for(
    lock: str, sources: list[str], extras: list[str] | None
) -> None:
    assert asked(*sources, extras=extras) - pinned(ROOT / "requirements" / lock).keys() == set()


def test_every_library_that_chores_and_tests_import_is_asked_for() -> None:
    """Not merely there because another one needs it."""
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


def test_the_demo_runs_on_the_versions_that_are_tested() -> None:
    demo, dev = (pinned(ROOT / "requirements" / name) for name in ("demo.txt", "dev.txt"))
    versions = {name: line.split()[0] for name, line in demo.items()}
    assert versions == {name: dev[name].split()[0] for name in demo}


def test_the_generator_is_pinned_exactly_where_it_is_asked_for() -> None:
    text = (ROOT / "requirements" / "dev.in").read_text("utf-8")
    assert re.search(r"^openapi-python-client==\d+\.\d+\.\d+$", text, re.MULTILINE)
