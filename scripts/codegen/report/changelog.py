"""The entry drafted in CHANGELOG.md: one block under ``[Unreleased]``, between two comments.

The first comment names the contracts that the draft is about, and holds a digest of the draft's
lines. So a later run replaces its own draft, but leaves an edited one alone, and the rest of the
file too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from scripts.codegen.report.lines import Change
from scripts.codegen.report.rules import Kind

HEADING = "## [Unreleased]\n"
END = "<!-- end of the draft -->\n"
EDITED = "the draft in CHANGELOG.md was edited by hand, and is left as it is"
_RELEASE = re.compile(r"^## \[\d", re.MULTILINE)
_BLOCK = re.compile(
    r"<!-- drafted by \./codegen\.sh from (?P<old>\w+) to (?P<new>\w+), (?P<digest>\w+):[^\n]*-->\n"
    rf"(?P<lines>.*?){re.escape(END)}\n",
    re.DOTALL,
)


def draft(path: Path, old: Path, new: Path, changes: Iterable[Change]) -> str | None:
    """Bring the draft for a change of the contract up to date, and say what was done, if anything.

    ``old`` and ``new`` are the two contracts. Before the first release there is nothing to break or
    to miss: only what is new is drafted.
    """
    if not path.exists():
        return None
    before = path.read_text("utf-8")
    source, target = (_digest(one.read_text("utf-8")) for one in (old, new))
    told = _told(changes, released=bool(_RELEASE.search(before))) if source != target else []
    mine = next((one for one in _BLOCK.finditer(before) if one["old"] == source), None)
    if mine and _digest(mine["lines"]) != mine["digest"]:
        return EDITED if told and mine["new"] != target else None
    after = _with(before, mine, _block(source, target, told))
    if after == before:
        return None
    path.write_text(after, "utf-8")
    return "drafted an entry in CHANGELOG.md" if told else "took the draft out of CHANGELOG.md"


def _with(text: str, mine: re.Match[str] | None, block: str) -> str:
    """Put a draft in the place of the former one, or under the heading."""
    if mine:
        return text[: mine.start()] + block + text[mine.end() :]
    return text.replace(HEADING, f"{HEADING}\n{block.rstrip()}\n", 1) if block else text


def _block(source: str, target: str, told: list[str]) -> str:
    if not told:
        return ""
    lines = "### API\n\n" + "".join(told) + "\n"
    marks = f"<!-- drafted by ./codegen.sh from {source} to {target}, {_digest(lines)}:"
    return f"{marks} edit it, and it is yours -->\n{lines}{END}\n"


def _told(changes: Iterable[Change], *, released: bool) -> list[str]:
    """Write a line for each change that is worth one, the breaking ones first."""
    needed = [change for change in changes if _needs_entry(change)]
    told = [one for one in needed if not any(other.covers(one) for other in needed)]
    if not released:
        return [_line(one) for one in told if one.kind is Kind.ADDED and _is_news(one)]
    marks = {True: "**Breaking:** ", False: ""}
    told.sort(key=lambda change: not change.breaking)
    return [_line(change, marks[change.breaking]) for change in told]


def _line(change: Change, mark: str = "") -> str:
    text = change.about(f"`{change.subject}`")
    return f"- {mark}{text[:1].upper()}{text[1:]}.\n"


def _needs_entry(change: Change) -> bool:
    return change.breaking or _is_news(change)


def _is_news(change: Change) -> bool:
    """Return whether a change says more than other lines do, and is no mere wording."""
    told = change.rule.table != "Schemas" or change.rule_id.startswith("field-")
    return told and change.section != "python"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
