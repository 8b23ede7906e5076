"""The report as a whole: on git revisions, as text, as JSON, and as an exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scripts.codegen.report.command import after_work, diff, since
from scripts.codegen.report.compare import Report
from scripts.codegen.report.lines import Change
from scripts.codegen.report.revision import RevisionError
from scripts.codegen.report.text import text
from tests.generated.making import ROOT, read, write
from tests.regeneration.changing import BASE, Edit, append, git, put

CONTRACT = "openapi/liminal.yaml"


class Project:
    """A project with a contract, a facade, and a committed state of both."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.work = folder / "work"
        for path, content in {
            "openapi/templates": ROOT / "openapi/templates",
            "openapi/generator.yaml": ROOT / "openapi/generator.yaml",
            "liminal/__init__.py": "from liminal_api.api.thing import get_thing\n",
            "liminal/_version.py": 'VERSION: Final = "0.3.1"\n',
            "generated/liminal_api/__init__.py": "",
            "generated/liminal_api/api/__init__.py": "",
            "generated/liminal_api/api/thing/__init__.py": "",
            "generated/liminal_api/api/thing/get_thing.py": "",
            "CHANGELOG.md": "# Changelog\n",
        }.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                (self.root / path).symlink_to(content)
            else:
                (self.root / path).write_text(content)
        write(self.root / CONTRACT, read(BASE))
        git(self.root, "init", "-q")
        self.commit()

    def commit(self) -> None:
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", "A commit")

    def change(self, *edits: Edit) -> None:
        data = read(self.root / CONTRACT)
        for edit in edits:
            edit(data)
        write(self.root / CONTRACT, data)

    def report(self, revision: str = "HEAD") -> Report:
        return since(self.root, self.root, revision, self.work)

    def changes(self, *edits: Edit) -> list[Change]:
        self.change(*edits)
        return self.report().changes

    def diff(self, revision: str = "HEAD", form: str = "text") -> int:
        shutil.rmtree(self.work, ignore_errors=True)
        return diff(self.root, self.work, revision, form=form)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


NEW_FIELD = put("Thing properties", hue={"type": "string"})
NEW_PARAMETER = append(
    "get_thing parameters", {"name": "hue", "in": "query", "schema": {"type": "integer"}}
)
NOTHING_REPEATED = put("watch_things", **{"x-liminal-repeatable": False})


# ---- what is a change, and where it is


def test_without_a_change_there_is_one_line(project: Project) -> None:
    found = text(project.report())
    assert found.startswith("nothing changed for users since HEAD (")
    assert "\n" not in found


def test_comments_and_examples_are_no_change(project: Project) -> None:
    project.change(put("Thing", examples=[{"id": 1}]))
    path = project.root / CONTRACT
    path.write_text("# A comment.\n" + path.read_text())
    assert project.report().changes == []


@pytest.mark.parametrize(
    ("edit", "pointer", "line"),
    [
        (NEW_FIELD, "#/components/schemas/Thing/properties/hue", '"hue": {'),
        (NEW_PARAMETER, "#/paths/~1things~1{thingId}/get/parameters/5", "{"),
    ],
)
def test_a_line_points_into_the_contract(
    edit: Edit, pointer: str, line: str, project: Project
) -> None:
    (found,) = project.changes(edit)
    lines = (project.root / CONTRACT).read_text().splitlines()
    assert (found.place.file, found.place.pointer) == (CONTRACT, pointer)
    assert lines[found.place.line - 1].strip() == line


def test_a_removed_operation_points_into_the_old_revision(project: Project) -> None:
    found = project.changes(lambda data: data["paths"].pop("/events"))[0]
    assert found.rule_id == "operation-removed"
    assert found.place.pointer == "#/paths/~1events/post"
    assert str(found.place).startswith(f"{found.place.revision}:{CONTRACT}:")


def test_without_a_contract_in_the_revision_only_python_is_compared(project: Project) -> None:
    git(project.root, "rm", "-q", "--cached", CONTRACT)
    git(project.root, "commit", "-qm", "None")
    assert project.report().changes == []


# ---- what it means to the facade


def test_operations_without_a_facade_method_are_listed(project: Project) -> None:
    lacking = ["create_thing", "delete_thing", "note_thing", "touch_thing", "watch_things"]
    assert project.report().without_facade == lacking


def test_an_operation_that_moves_to_another_tag_has_no_facade_method(project: Project) -> None:
    project.change(put("get_thing", tags=["shelf"]))
    assert "get_thing" in project.report().without_facade


def test_a_change_of_the_hand_written_facade_is_reported(project: Project) -> None:
    (project.root / "liminal/__init__.py").write_text("def connect() -> None: ...\n")
    (found,) = project.report().changes
    assert (found.text, str(found.place)) == ("new name liminal.connect", "liminal/__init__.py:1")


def test_lines_on_python_are_sorted_by_path(project: Project) -> None:
    for name in ("b", "c", "a"):
        (project.root / f"liminal/{name}.py").write_text("def y(): ...\n")
    (project.root / "liminal/__init__.py").write_text("def z(): ...\n\n\ndef b(): ...\n")

    subjects = [change.subject for change in project.report().changes]
    assert subjects == ["liminal.a", "liminal.b", "liminal.c", "liminal.z"]


# ---- --diff and --format


def test_diff_ends_with_1_when_a_line_is_breaking(project: Project, capsys: Any) -> None:
    project.change(NOTHING_REPEATED)
    assert project.diff() == 1
    assert "Breaking: " in capsys.readouterr().out


def test_diff_compares_what_would_be_generated_and_reports_it_with_the_wire(
    project: Project, capsys: Any
) -> None:
    project.diff(form="json")
    subjects = [one["subject"] for one in json.loads(capsys.readouterr().out)["changes"]]
    generated = project.work / "after/generated"
    shutil.copytree(generated, project.root / "generated", dirs_exist_ok=True)
    project.commit()
    project.change(NEW_PARAMETER)
    project.diff()

    (line,) = (one for one in capsys.readouterr().out.splitlines() if "hue" in one)
    assert "liminal_api.models" in subjects
    assert "new optional argument get_thing hue (Python: liminal_api.api.thing.get_thing.*)" in line


def test_the_report_as_json_holds_every_line(project: Project) -> None:
    project.change(NOTHING_REPEATED)

    found = json.loads(json.dumps(project.report().as_json()))

    assert found["breaking"] == 1
    assert found["changes"][0]["rule"] == "not-repeatable"
    assert found["changes"][0]["action"] == "Breaking: upgrade the SDK before the service changes"
    assert found["changes"][0]["pointer"] == "#/paths/~1events/post/x-liminal-repeatable"
    assert found["version"] == {
        "now": "0.3.1",
        "next": "0.4.0",
        "reason": "breaking; below 1.0 that makes a new minor version",
    }


# ---- when there can be no report


def test_diff_since_an_unknown_revision_ends_with_2_and_says_so(
    project: Project, capsys: Any
) -> None:
    assert project.diff("v99") == 2
    assert capsys.readouterr().err == "codegen: there is no commit 'v99'\n"


@pytest.mark.parametrize("broken", ["a: [", '{"a": {"$ref": "#/b"}}'])
def test_a_revision_with_a_broken_contract_gives_no_report(broken: str, project: Project) -> None:
    contract = project.root / CONTRACT
    whole = contract.read_text()
    contract.write_text(broken)
    project.commit()
    contract.write_text(whole)

    with pytest.raises(RevisionError, match=r"the contract of HEAD \(\w+\) can't be read"):
        project.report()


@pytest.mark.parametrize("is_git", [True, False], ids=["a bug", "no git"])
def test_a_failed_report_is_one_line_and_fails_nothing(
    project: Project, tmp_path: Path, is_git: bool, capsys: Any
) -> None:
    (project.root / "liminal/__init__.py").write_text("def (")

    after_work(project.root if is_git else tmp_path, project.work, form="text")

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("no report: ")
    assert line.endswith("; what was made is in place") is is_git
