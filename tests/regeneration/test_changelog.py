"""The entry that is drafted in CHANGELOG.md."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scripts.codegen.report.changelog import EDITED, HEADING, draft
from tests.regeneration.changing import made

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- By hand.\n\n## [0.1.0]\n"
UNRELEASED = CHANGELOG.replace("## [0.1.0]\n", "")


class Log:
    """A changelog beside three contracts: "old", "new" and "newer"."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "CHANGELOG.md"
        self.text = CHANGELOG
        for name in ("old", "new", "newer"):
            (folder / name).write_text(name, encoding="utf-8")

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @text.setter
    def text(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def draft(self, *rules: str, old: str = "old", new: str = "new") -> str | None:
        folder = self.path.parent
        return draft(self.path, folder / old, folder / new, [made(rule) for rule in rules])


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_a_draft_stands_under_unreleased_and_leaves_the_rest(log: Log) -> None:
    log.draft("operation-added", "operation-removed")
    head, _, tail = log.text.partition(HEADING)
    assert head + HEADING + tail[tail.index("\n### Fixed") :] == CHANGELOG
    assert tail.index("- **Breaking:** `it` was removed.") < tail.index("- New operation `it`.")


def test_a_change_that_is_the_same_in_python_is_drafted_once(log: Log) -> None:
    wire, python = made("operation-removed"), replace(made("name-removed"), section="python")
    folder = log.path.parent
    draft(log.path, folder / "old", folder / "new", [wire, python])
    assert log.text.count("was removed") == 1


def test_a_second_run_changes_nothing(log: Log) -> None:
    log.draft("operation-added")
    once = log.text
    assert log.draft("operation-added") is None
    assert log.text == once


def test_a_further_change_replaces_the_draft(log: Log) -> None:
    log.draft("operation-added")
    log.draft("operation-removed", new="newer")
    assert "New operation `it`" not in log.text
    assert log.text.count("`it` was removed") == 1


def test_a_committed_draft_stays_when_another_change_follows(log: Log) -> None:
    log.draft("operation-added")
    log.draft("operation-removed", old="new", new="newer")
    assert "New operation `it`" in log.text
    assert "`it` was removed" in log.text


def test_a_draft_goes_when_the_change_is_taken_back(log: Log) -> None:
    log.draft("operation-added")
    log.draft(new="old")
    assert log.text == CHANGELOG


def test_an_edited_draft_is_left_alone_and_a_further_change_says_so(
    log: Log,
) -> None:
    log.draft("operation-added")
    log.text = edited = log.text.replace("New operation `it`", "An operation `it`")

    assert log.draft("operation-added") is None
    assert log.draft("operation-removed", new="newer") == EDITED
    assert log.text == edited


def test_before_the_first_release_only_what_is_new_is_drafted(log: Log) -> None:
    log.text = UNRELEASED
    log.draft("operation-added", "operation-removed", "argument-demanded")
    lines = [line for line in log.text.splitlines() if "`it`" in line]
    assert lines == ["- New operation `it`.", "- New required argument `it`."]


@pytest.mark.parametrize(
    ("before", "rule", "new"),
    [
        pytest.param(CHANGELOG, "operation-added", "old", id="the contract is the same"),
        pytest.param(CHANGELOG, "words", "new", id="only words are others"),
        pytest.param(UNRELEASED, "operation-removed", "new", id="no release had it"),
    ],
)
def test_changes_that_need_no_entry_are_not_drafted(
    log: Log, before: str, rule: str, new: str
) -> None:
    log.text = before
    log.draft(rule, new=new)
    assert log.text == before
