"""A user's project, far from the work tree, with nothing of ours but the installed wheel."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.codegen.derive import ROOT
from tests.support.installed import build, install

# A test that has nothing to do with Liminal, and says what of it is loaded all the same.
PLAIN = """
import sys

def test_plain():
    print("loaded:", *sorted(name for name in sys.modules if name.startswith("liminal")))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wheel = build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))
    return install(wheel, tmp_path_factory.mktemp("fresh"))


def run(python: Path, folder: Path, *options: str) -> str:
    """Run the project's tests, with warnings as errors; return what pytest says."""
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    command = [str(python), "-m", "pytest", "-W", "error", "-p", "no:schemathesis", *options]
    done = subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_stranger_s_tests_pass_on_four_workers(python: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "typed_user_tests.py", tmp_path / "test_stranger.py")
    assert "17 passed" in run(python, tmp_path, "-n", "4", "--strict-markers")


def test_who_does_not_use_the_plugin_has_only_its_names_loaded(
    python: Path, tmp_path: Path
) -> None:
    (tmp_path / "test_plain.py").write_text(PLAIN)
    loaded = "loaded: liminal liminal._version liminal.testing liminal.testing.plugin\n"
    assert loaded in run(python, tmp_path, "-s")
    assert "loaded:\n" in run(python, tmp_path, "-s", "-p", "no:liminal")
