"""``./codegen.sh``: makes the same always, tells what is not as it would be, breaks nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.codegen.__main__ import main
from scripts.codegen.derive import DeriveError, blocking
from scripts.codegen.trees import differences, replace
from tests.generated.making import copy_project

PARTS = ("codegen.sh", "pyproject.toml", "openapi", "generated", "scripts")
PARTS += ("liminal/_async", "liminal/_sync", "tests/_async", "tests/_sync")


def codegen(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["./codegen.sh", *arguments],
        cwd=root,
        env={**os.environ, "PYTHON": sys.executable, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def contents(root: Path) -> dict[str, bytes]:
    files = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, in which all is up to date."""
    root = tmp_path_factory.mktemp("clean")
    copy_project(root, PARTS)
    return root


@pytest.fixture
def project(clean: Path, tmp_path: Path) -> Path:
    """A copy of that, to spoil."""
    return shutil.copytree(clean, tmp_path / "project")


def test_the_generated_code_is_up_to_date_for_any_hash_seed(clean: Path) -> None:
    outcome = codegen(clean, "--check", PYTHONHASHSEED="1")
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout.endswith("all is up to date\n")


def test_a_check_fails_and_names_each_file_that_is_out_of_date(project: Path) -> None:
    with (project / "generated/liminal_api/errors.py").open("a") as file:
        file.write("# an edit\n")
    (project / "generated/liminal_api/models/chat.py").unlink()
    (project / "generated/liminal_api/models/leftover.py").touch()
    (project / "liminal/_sync/leftover.py").touch()

    outcome = codegen(project, "--check")

    assert outcome.returncode == 1
    assert outcome.stdout.splitlines()[-5:] == [
        "differs: generated/liminal_api/errors.py",
        "missing: generated/liminal_api/models/chat.py",
        "left over: generated/liminal_api/models/leftover.py",
        "left over: liminal/_sync/leftover.py",
        "4 files differ from what ./codegen.sh makes",
    ]


def test_a_run_replaces_whole_folders_and_leaves_nothing_behind(project: Path) -> None:
    before = contents(project)
    (project / "generated/liminal_api/models/leftover.py").touch()
    (project / "generated/liminal_api/errors.py").unlink()

    outcome = codegen(project, PYTHONHASHSEED="2")

    assert outcome.returncode == 0, outcome.stderr
    assert contents(project) == before


def test_a_broken_contract_stops_the_run_with_its_line_and_changes_nothing(project: Path) -> None:
    contract = project / "openapi/liminal.yaml"
    contract.write_text(contract.read_text("utf-8").replace('schemas/Chat"', 'schemas/Chats"'))
    before = contents(project)

    outcome = codegen(project)

    assert outcome.returncode == 1
    (message,) = outcome.stderr.splitlines()
    assert message.startswith("openapi/liminal.yaml:")
    assert message.endswith(": there is nothing at #/components/schemas/Chats")
    assert contents(project) == before


def test_missing_packages_are_named(clean: Path) -> None:
    bare = clean / "bare-python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)

    outcome = codegen(clean, PYTHON=str(bare))

    assert outcome.returncode == 1
    assert "lacks" in outcome.stderr
    assert "openapi-python-client, openapi-spec-validator, ruff." in outcome.stderr
    assert "scripts/setup.sh" in outcome.stderr


def test_a_missing_python_is_reported(clean: Path) -> None:
    outcome = codegen(clean, PYTHON="/nonexistent/python")
    assert outcome.returncode == 1
    assert "/nonexistent/python is not a Python of at least 3.11." in outcome.stderr


@pytest.mark.parametrize("option", [("--diff", "HEAD"), ("--format", "json")], ids=" ".join)
def test_conflicting_options_are_refused(
    monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sys, "argv", ["codegen", "--check", *option])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2


# ---- the trees, which the command compares and replaces


def test_bytecode_caches_are_not_compared(tmp_path: Path) -> None:
    for name in ("made", "there"):
        (tmp_path / name / "__pycache__").mkdir(parents=True)
    (tmp_path / "there/__pycache__/a.pyc").touch()
    assert list(differences(tmp_path / "made", tmp_path / "there", "it")) == []


def test_an_interrupted_run_says_so_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("scripts.codegen.__main__._run", interrupted)
    monkeypatch.setattr(sys, "argv", ["codegen"])

    assert main() == 130
    assert capsys.readouterr().err == "codegen: interrupted\n"


@pytest.mark.parametrize("error", [PermissionError, KeyboardInterrupt])
def test_a_failed_replacement_changes_nothing(
    error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("made", "place"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    rename = Path.rename

    def fail_for_what_is_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_what_is_new)
    with pytest.raises(error):
        replace(tmp_path / "made", tmp_path / "place")

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["made", "made", "place", "place"]


def test_a_source_with_a_syntax_error_is_reported_with_its_line() -> None:
    with pytest.raises(DeriveError, match=r"^liminal/_async/x\.py:2: this is not valid Python: "):
        blocking("import this\nfrom is not\n", Path("liminal/_async/x.py"), {}, set())
