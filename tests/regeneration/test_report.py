"""The report as a whole: on git revisions, as text, as JSON, and as a version."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.codegen.report.command import after_work, diff, since
from scripts.codegen.report.compare import Report
from scripts.codegen.report.revision import RevisionError
from scripts.codegen.report.text import text
from scripts.codegen.report.versions import called_for
from tests.generated.making import ROOT, read, write
from tests.regeneration.changing import BASE, fields, get, put, thing, watch
from tests.regeneration.comparing import made


def git(folder: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a contract, a facade, and a committed state of both."""
    root = tmp_path / "project"
    for folder in ("openapi", "liminal", "generated/liminal_api"):
        (root / folder).mkdir(parents=True)
    write(root / "openapi/liminal.yaml", read(BASE))
    (root / "openapi/templates").symlink_to(ROOT / "openapi/templates")
    (root / "openapi/generator.yaml").symlink_to(ROOT / "openapi/generator.yaml")
    (root / "liminal/__init__.py").write_text("from liminal_api.api.thing import get_thing\n")
    (root / "liminal/_version.py").write_text('VERSION: Final = "0.3.1"\n')
    (root / "generated/liminal_api/__init__.py").write_text("")
    (root / "generated/liminal_api/api/thing").mkdir(parents=True)
    (root / "generated/liminal_api/api/thing/__init__.py").write_text("")
    (root / "generated/liminal_api/api/thing/get_thing.py").write_text("")
    (root / "CHANGELOG.md").write_text("# Changelog\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Before")
    return root


def change(root: Path, *edits) -> None:
    data = read(root / "openapi/liminal.yaml")
    for edit in edits:
        edit(data)
    write(root / "openapi/liminal.yaml", data)


new_field = put(fields, hue={"type": "string"})
nothing_repeated = put(watch, **{"x-liminal-repeatable": False})


def report(root: Path, tmp_path: Path) -> Report:
    folder = tmp_path / f"before-{len(list(tmp_path.iterdir()))}"
    return since(root, root, "HEAD", folder)


def test_without_a_change_there_is_one_line(project: Path, tmp_path: Path) -> None:
    found = text(report(project, tmp_path))

    assert found.startswith("nothing changed for users since HEAD (")
    assert "\n" not in found


def test_a_comment_in_the_contract_is_no_change(project: Path, tmp_path: Path) -> None:
    path = project / "openapi/liminal.yaml"
    path.write_text("# A comment.\n" + path.read_text())

    assert report(project, tmp_path).changes == []


def test_other_examples_alone_are_no_other_words(project: Path, tmp_path: Path) -> None:
    change(project, put(thing, examples=[{"id": 1}]))

    assert report(project, tmp_path).changes == []


def test_a_line_says_where_in_the_contract(project: Path, tmp_path: Path) -> None:
    change(project, new_field)

    (found,) = report(project, tmp_path).changes

    line = (project / "openapi/liminal.yaml").read_text().splitlines()[found.place.line - 1]
    assert line.strip() == '"hue": {'
    assert found.place.file == "openapi/liminal.yaml"
    assert found.place.pointer == "#/components/schemas/Thing/properties/hue"


def test_a_new_parameter_points_at_its_own_item(project: Path, tmp_path: Path) -> None:
    added = {"name": "hue", "in": "query", "schema": {"type": "integer"}}
    change(project, lambda data: get(data)["parameters"].append(added))

    (found,) = report(project, tmp_path).changes

    assert found.place.pointer == "#/paths/~1things~1{thingId}/get/parameters/5"


def test_a_new_parameter_is_told_once_for_wire_and_python(
    project: Path, tmp_path: Path, capsys
) -> None:
    diff(project, tmp_path / "first", "HEAD", form="text")
    shutil.copytree(tmp_path / "first/after/generated", project / "generated", dirs_exist_ok=True)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "Generated")
    added = {"name": "hue", "in": "query", "schema": {"type": "integer"}}
    change(project, lambda data: get(data)["parameters"].append(added))
    capsys.readouterr()

    diff(project, tmp_path / "work", "HEAD", form="text")

    (line,) = (one for one in capsys.readouterr().out.splitlines() if "hue" in one)
    assert "new optional argument get_thing hue (Python: liminal_api.api.thing.get_thing.*)" in line


def test_what_is_gone_is_shown_where_it_was(project: Path, tmp_path: Path) -> None:
    change(project, lambda data: data["paths"].pop("/events"))

    found = report(project, tmp_path).changes[0]

    assert found.rule_id == "operation-removed"
    assert found.place.pointer == "#/paths/~1events/post"
    assert str(found.place).startswith(f"{found.place.revision}:openapi/liminal.yaml:")


def test_lines_are_grouped_by_what_callers_must_do(project: Path, tmp_path: Path) -> None:
    change(project, new_field, nothing_repeated)

    lines = text(report(project, tmp_path)).splitlines()

    assert lines[0].endswith("1 breaking, 1 safe")
    assert lines[1] == "Breaking: upgrade the SDK before the service changes (1)"
    assert lines[2].startswith("  watch_things must no longer be retried after failures  [")
    assert lines[3] == "New (1)"


def test_a_report_of_many_safe_lines_stays_short(project: Path, tmp_path: Path) -> None:
    change(project, *(put(fields, **{f"hue{n}": {"type": "string"}}) for n in range(50)))

    assert len(text(report(project, tmp_path)).splitlines()) < 20


def test_operations_without_a_facade_method_are_listed(project: Path, tmp_path: Path) -> None:
    change(project, new_field)

    lacking = report(project, tmp_path).without_facade

    assert lacking == ["create_thing", "delete_thing", "note_thing", "touch_thing", "watch_things"]


def test_a_change_of_the_facade_by_hand_is_told(project: Path, tmp_path: Path) -> None:
    (project / "liminal/__init__.py").write_text("def connect() -> None: ...\n")

    (found,) = report(project, tmp_path).changes

    assert (found.text, str(found.place)) == ("new name liminal.connect", "liminal/__init__.py:1")


@pytest.mark.parametrize(
    ("gone", "named"),
    [("generated/liminal_api/api/thing", "liminal_api.api.thing"),
     ("generated/liminal_api/api/thing/get_thing.py", "liminal_api.api.thing.get_thing")],
)  # fmt: skip
def test_hand_written_code_that_imports_what_is_gone_is_breaking(
    gone: str, named: str, project: Path, tmp_path: Path
) -> None:
    git(project, "rm", "-rq", gone)

    lines = [one for one in report(project, tmp_path).breaking if one.rule_id == "import-broken"]

    assert [(one.text, str(one.place)) for one in lines] == [
        (f"hand-written code imports what was removed: {named}", "liminal/__init__.py:1")
    ]


def test_an_operation_that_moves_to_another_tag_has_no_facade_method(
    project: Path, tmp_path: Path
) -> None:
    change(project, put(get, tags=["shelf"]))

    assert "get_thing" in report(project, tmp_path).without_facade


def test_lines_on_python_are_sorted_by_path(project: Path, tmp_path: Path) -> None:
    for name in ("b", "c", "a"):
        (project / f"liminal/{name}.py").write_text(f"def z{name}(): ...\n\n\ndef y{name}(): ...\n")
    (project / "liminal/__init__.py").write_text("def z(): ...\n\n\ndef b(): ...\n")

    subjects = [change.subject for change in report(project, tmp_path).changes]

    assert subjects == ["liminal.a", "liminal.b", "liminal.c", "liminal.z"]


# ---- --diff and --format


def test_diff_ends_with_1_when_a_line_is_breaking(project: Path, tmp_path: Path, capsys) -> None:
    change(project, nothing_repeated)

    assert diff(project, tmp_path / "work", "HEAD", form="text") == 1
    assert "Breaking: " in capsys.readouterr().out


def test_diff_compares_what_would_be_generated(project: Path, tmp_path: Path, capsys) -> None:
    diff(project, tmp_path / "work", "HEAD", form="json")

    subjects = [one["subject"] for one in json.loads(capsys.readouterr().out)["changes"]]
    assert "liminal_api.models" in subjects


def test_diff_since_what_is_no_revision_ends_with_2(project: Path, tmp_path: Path, capsys) -> None:
    assert diff(project, tmp_path / "work", "v99", form="text") == 2
    assert "codegen: " in capsys.readouterr().err


def test_the_report_as_json_holds_every_line(project: Path, tmp_path: Path) -> None:
    change(project, nothing_repeated)

    found = json.loads(json.dumps(report(project, tmp_path).as_json()))

    assert found["breaking"] == 1
    assert found["changes"][0]["rule"] == "not-repeatable"
    assert found["changes"][0]["action"] == "Breaking: upgrade the SDK before the service changes"
    assert found["changes"][0]["pointer"] == "#/paths/~1events/post/x-liminal-repeatable"
    assert found["version"] == {
        "now": "0.3.1",
        "next": "0.4.0",
        "reason": "breaking; below 1.0 that makes a new minor version",
    }


def test_outside_of_git_the_work_is_done_without_a_report(tmp_path: Path, capsys) -> None:
    (tmp_path / "plain").mkdir()

    after_work(tmp_path / "plain", tmp_path / "work", form="text")

    assert capsys.readouterr().err.startswith("no report: ")


def test_what_the_report_trips_over_is_told_in_a_line_after_the_work(
    project: Path, tmp_path: Path, capsys
) -> None:
    (project / "liminal/__init__.py").write_text("def (")

    after_work(project, tmp_path / "work", form="text")

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("no report: ")
    assert line.endswith("; what was made is in place")


def test_a_revision_that_is_none_is_told_as_git_tells_it(project: Path, tmp_path: Path) -> None:
    with pytest.raises(RevisionError, match=r"[Nn]eeded a single revision|unknown revision"):
        since(project, project, "v99", tmp_path / "before")


@pytest.mark.parametrize("broken", ["a: [", '{"a": {"$ref": "#/b"}}'])
def test_a_revision_whose_contract_is_broken_gives_no_report(
    broken: str, project: Path, tmp_path: Path
) -> None:
    whole = (project / "openapi/liminal.yaml").read_text()
    (project / "openapi/liminal.yaml").write_text(broken)
    git(project, "commit", "-qam", "Broken")
    (project / "openapi/liminal.yaml").write_text(whole)

    with pytest.raises(RevisionError, match=r"the contract of HEAD \(\w+\) can't be read"):
        since(project, project, "HEAD", tmp_path / "before")


def test_since_a_revision_without_a_contract_python_alone_is_compared(
    project: Path, tmp_path: Path
) -> None:
    git(project, "rm", "-q", "--cached", "openapi/liminal.yaml")
    git(project, "commit", "-qm", "None")

    assert report(project, tmp_path).changes == []


# ---- the version


@pytest.mark.parametrize(
    ("version", "rules", "expected"),
    [
        ("0.3.1", [], "0.3.1"),
        ("0.3.1", ["operation-removed"], "0.4.0"),
        ("0.3.1", ["operation-added"], "0.3.2"),
        ("0.3.1", ["words"], "0.3.2"),
        ("1.3.1", ["operation-removed", "operation-added"], "2.0.0"),
        ("1.3.1", ["operation-added"], "1.4.0"),
        ("1.3.1", ["words"], "1.3.2"),
    ],
)
def test_the_version_follows_from_the_lines(version: str, rules: list[str], expected: str) -> None:
    assert called_for(version, [made(rule) for rule in rules])[0] == expected
