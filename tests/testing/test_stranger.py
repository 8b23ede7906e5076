"""A user's project outside of the work tree, with only the installed wheel."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from scripts.codegen.derive import ROOT
from tests.support.installed import build, install

# Says what of Liminal pytest has loaded by its plugin alone, before it collects any test.
CONFTEST = """
import sys

LOADED = sorted(name for name in sys.modules if name.startswith("liminal"))

def pytest_report_header():
    return f"loaded: {' '.join(LOADED)}."
"""
# Each worker of xdist has a conftest of its own, so the test looks at its own worker's.
PLAIN = """
import pytest
from conftest import LOADED

@pytest.mark.parametrize("number", range(8))
def test_plain(number):
    assert LOADED == ["liminal", "liminal._version", "liminal.testing", "liminal.testing.plugin"]
"""
# Plugins of this environment only. They are a large part of pytest's start.
OTHERS = [
    option
    for plugin in entry_points(group="pytest11")
    if plugin.name not in ("liminal", "anyio", "xdist")
    for option in ("-p", f"no:{plugin.name}")
]
TYPED = ["program.py", "test_stranger.py"]
# Variables of this run of pytest and of its Python, among them one that keeps bytecode from disk.
OURS = re.compile("PY|COV|VIRTUAL_ENV")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wheel = build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))
    return install(wheel, tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "tests" / "typed_user_tests.py", folder / "test_stranger.py")
    shutil.copy(ROOT / "tests" / "typed_user_program.py", folder / "program.py")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_plain.py").write_text(PLAIN)
    settings = {"typeCheckingMode": "strict", "include": TYPED}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    return folder


def run(folder: Path, *command: str | Path) -> str:
    """Run a command in the project; return what it says."""
    environment = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    done = subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_foreign_project_s_tests_pass_on_four_workers_that_load_only_the_plugin(
    python: Path, project: Path
) -> None:
    options = ["-W", "error", "--strict-markers", "-n", "4", *OTHERS]
    assert "25 passed" in run(project, python, "-m", "pytest", *options)


def test_without_the_plugin_nothing_is_loaded_and_its_functions_work(
    python: Path, project: Path
) -> None:
    options = ["-p", "no:liminal", "-k", "without_fixtures", *OTHERS]
    said = run(project, python, "-m", "pytest", *options)
    assert "loaded: .\n" in said
    assert "1 passed" in said


def test_both_type_checkers_accept_the_project_in_strict_mode(python: Path, project: Path) -> None:
    """They find the types in the installed wheel."""
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python]
    said = run(project, *mypy, "--cache-dir", ROOT / ".mypy_cache" / "stranger", *TYPED)
    assert "no issues found in 2 source files" in said
    pyright = [sys.executable, "-m", "pyright", "--pythonpath", python]
    assert "0 errors, 0 warnings" in run(project, *pyright)
