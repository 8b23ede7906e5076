"""docs/project/regenerating.md, "Add an operation": every step, run in a copy of the project."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.generated.making import ROOT, copy_project
from tests.regeneration.changing import git

# Half a minute's work for an idle machine, all of it in the fixture.
pytestmark = pytest.mark.timeout(400)

GUIDE = ROOT / "docs" / "project" / "regenerating.md"
COPIED = (".gitignore", "codegen.sh", "CHANGELOG.md", "pyproject.toml")
COPIED += ("generated", "liminal", "openapi", "scripts", "tests")

# A fenced block, with the sentence on where it goes, if there is one.
STEP = re.compile(
    r"(?:In\s+`(?P<file>[^`]+)`,\s+(?P<how>above|in place of|which is new)"
    r"(?:\s+`(?P<line>[^`]+)`)?,\s+(?:add|write)\n\n)?"
    r"```(?P<kind>\w+)\n(?P<text>.*?)```\n",
    re.DOTALL,
)


@dataclass
class Followed:
    """The copy, and what each command said."""

    root: Path
    said: dict[str, list[str]]


def page_from(title: str) -> str:
    return GUIDE.read_text("utf-8").partition(f"## {title}\n")[2]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    root = tmp_path_factory.mktemp("fork") / "project"
    copy_project(root, COPIED)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Before"]):
        git(root, *arguments)
    said: dict[str, list[str]] = {}
    for step in STEP.finditer(page_from("Add an operation")):
        if step["file"]:
            edit(root / step["file"], step["how"], step["line"], step["text"])
        else:
            for command in step["text"].splitlines():
                said.setdefault(command, []).append(run(root, command))
    return Followed(root, said)


def edit(path: Path, how: str, line: str | None, text: str) -> None:
    if how == "which is new":
        assert not path.exists()
        path.write_text(text, "utf-8")
        return
    before = path.read_text("utf-8")
    assert before.count(f"\n{line}\n") == 1, f"{path.name} has no line of its own: {line}"
    kept = "" if how == "in place of" else f"{line}\n"
    path.write_text(before.replace(f"\n{line}\n", f"\n{text}{kept}", 1), "utf-8")


def run(root: Path, command: str) -> str:
    """Run a command, with the environment at hand in place of that which ./scripts/test makes."""
    words = shlex.split(command)
    if words[0] == "./scripts/test":
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words[1:]]
    path = os.pathsep.join([str(root), str(root / "generated")])
    environment = os.environ | {"PYTHON": sys.executable, "PYTHONPATH": path}
    done = subprocess.run(
        words, cwd=root, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_runs_report_the_new_operation_and_then_its_facade_method(
    followed: Followed,
) -> None:
    first, second = followed.said["./codegen.sh"]

    assert "new operation count_threads: GET /api/v1/threads/count" in first
    assert "no facade method yet: count_threads" in first
    assert "liminal.Client.thread.count, liminal.SyncClient.thread.count" in second
    assert "no facade method yet" not in second


def test_nothing_is_breaking_and_the_changelog_has_a_draft(followed: Followed) -> None:
    log = (followed.root / "CHANGELOG.md").read_text("utf-8")
    assert "0 breaking" in followed.said["./codegen.sh --diff HEAD"][0]
    assert log.count("- New operation `count_threads`: GET /api/v1/threads/count.") == 1


def test_its_tests_ran_in_both_variants(followed: Followed) -> None:
    ((said, *_),) = (said for command, said in followed.said.items() if "thread_count" in command)
    assert "6 passed" in said  # 3 are its own: asyncio, trio and blocking


def test_the_blocking_method_has_the_same_docstring(followed: Followed) -> None:
    source = (followed.root / "liminal/_sync/thread.py").read_text("utf-8")
    assert "    def count(self) -> int:\n" in source
    assert "including those of other kinds of client" in source
