"""The entry that is drafted in CHANGELOG.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.codegen.report.changelog import HEADING, draft
from tests.regeneration.comparing import made

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- By hand.\n\n## [0.1.0]\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "CHANGELOG.md"
    path.write_text(CHANGELOG, encoding="utf-8")
    for name, content in (("old", "a: 1"), ("new", "a: 2"), ("newer", "a: 3")):
        (tmp_path / name).write_text(content, encoding="utf-8")
    return path


def drafted(log: Path, *rules: str, new: str = "new", old: str = "old") -> str | None:
    lines = [made(rule) for rule in rules]
    return draft(log, log.parent / old, log.parent / new, lines)


def test_a_draft_stands_under_unreleased_and_leaves_the_rest(log: Path) -> None:
    drafted(log, "operation-added", "operation-removed")

    head, _, tail = log.read_text("utf-8").partition(HEADING)
    assert head + HEADING + tail[tail.index("\n### Fixed") :] == CHANGELOG
    assert tail.index("- **Breaking:** `it` was removed.") < tail.index("- New operation `it`.")


def test_a_second_run_changes_nothing(log: Path) -> None:
    drafted(log, "operation-added")
    once = log.read_text("utf-8")

    assert drafted(log, "operation-added") is None
    assert log.read_text("utf-8") == once


def test_a_further_change_replaces_the_draft(log: Path) -> None:
    drafted(log, "operation-added")
    drafted(log, "operation-removed", new="newer")

    assert "New operation `it`" not in log.read_text("utf-8")
    assert log.read_text("utf-8").count("`it` was removed") == 1


def test_a_draft_goes_when_the_change_is_taken_back(log: Path) -> None:
    drafted(log, "operation-added")
    drafted(log, new="old")

    assert log.read_text("utf-8") == CHANGELOG


def test_a_draft_that_was_edited_is_left_alone(log: Path) -> None:
    drafted(log, "operation-added")
    edited = log.read_text("utf-8").replace("New operation `it`", "An operation `it`")
    log.write_text(edited, "utf-8")

    said = drafted(log, "operation-removed", new="newer")

    assert said == "the draft in CHANGELOG.md was edited by hand, and is left as it is"
    assert log.read_text("utf-8") == edited


def test_an_edited_draft_is_spoken_of_only_after_a_further_change(log: Path) -> None:
    drafted(log, "operation-added")
    log.write_text(log.read_text("utf-8").replace("New operation", "An operation"), "utf-8")

    assert drafted(log, "operation-added") is None


def test_before_the_first_release_only_what_is_new_is_drafted(log: Path) -> None:
    log.write_text(CHANGELOG.replace("## [0.1.0]\n", ""), "utf-8")

    drafted(log, "operation-added", "operation-removed", "argument-demanded")

    lines = [line for line in log.read_text("utf-8").splitlines() if "`it`" in line]
    assert lines == ["- New operation `it`.", "- New required argument `it`."]


def test_before_the_first_release_a_removal_alone_drafts_nothing(log: Path) -> None:
    log.write_text(CHANGELOG.replace("## [0.1.0]\n", ""), "utf-8")

    assert drafted(log, "operation-removed") is None


def test_a_committed_draft_stays_when_another_change_follows(log: Path) -> None:
    drafted(log, "operation-added")
    drafted(log, "operation-removed", old="new", new="newer")

    assert "New operation `it`" in log.read_text("utf-8")
    assert "`it` was removed" in log.read_text("utf-8")


def test_without_a_change_of_the_contract_nothing_is_drafted(log: Path) -> None:
    assert drafted(log, "operation-added", new="old") is None
    assert log.read_text("utf-8") == CHANGELOG


def test_code_that_is_broken_until_it_is_mended_is_not_worth_an_entry(log: Path) -> None:
    drafted(log, "import-broken")

    assert log.read_text("utf-8") == CHANGELOG


def test_other_words_alone_are_not_worth_an_entry(log: Path) -> None:
    drafted(log, "words")

    assert log.read_text("utf-8") == CHANGELOG
