"""The entry drafted in CHANGELOG.md: one block under ``[Unreleased]``, between two comments.

The first comment names the contracts that the draft is about, and holds a digest of the draft's
lines. So a later run knows its own draft and writes it anew, and lets alone one that somebody has
edited, as all else in the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.codegen.report.lines import Change
from scripts.codegen.report.rules import FACADE

HEADING = "## [Unreleased]\n"
END = "<!-- end of the draft -->\n"
_BLOCK = re.compile(
    r"<!-- drafted by \./codegen\.sh from (?P<old>\w+) to \w+, (?P<digest>\w+):[^\n]*-->\n"
    rf"(?P<lines>.*?){re.escape(END)}\n",
    re.DOTALL,
)


def draft(path: Path, old: Path, new: Path, changes: Iterable[Change]) -> str | None:
    """Bring the draft for a change of the contract up to date, and say what was done, if anything.

    ``old`` and ``new`` are the two contracts.
    """
    try:
        before = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    lines = "".join(_lines(changes)) if old.read_bytes() != new.read_bytes() else ""
    block = _block(_digest(old.read_text("utf-8")), _digest(new.read_text("utf-8")), lines)
    mine = next(
        (one for one in _BLOCK.finditer(before) if one["old"] == _digest(old.read_text("utf-8"))),
        None,
    )
    if mine and _digest(mine["lines"]) != mine["digest"]:
        return (
            "the draft in CHANGELOG.md was edited by hand, and is left as it is"
            if lines and mine[0] != block
            else None
        )
    if mine:
        after = before[: mine.start()] + block + before[mine.end() :]
    elif lines and HEADING in before:
        after = before.replace(HEADING, f"{HEADING}\n{block.rstrip()}\n", 1)
    else:
        return None
    if after == before:
        return None
    path.write_text(after, "utf-8")
    return "drafted an entry in CHANGELOG.md" if lines else "took the draft out of CHANGELOG.md"


def _is_told(change: Change) -> bool:
    """Leave out what goes without saying, and what has to be mended before a release."""
    return change.rule_id not in FACADE and (change.breaking or _is_news(change))


def _is_news(change: Change) -> bool:
    """Leave out what goes without saying: the names of what else is told, and words."""
    unsaid = {
        "schema-added",
        "schema-removed",
        "schema-renamed",
        "sensitive",
        "not-sensitive",
        "words",
    }
    return change.section != "python" and change.rule_id not in unsaid


def _block(old: str, new: str, lines: str) -> str:
    if not lines:
        return ""
    marks = f"<!-- drafted by ./codegen.sh from {old} to {new}, {_digest(lines)}:"
    return f"{marks} edit it, and it is yours -->\n{lines}{END}\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _lines(changes: Iterable[Change]) -> Iterator[str]:
    told = [change for change in changes if _is_told(change)]
    if not told:
        return
    yield "### API\n\n"
    for change in sorted(told, key=lambda change: not change.breaking):
        mark = "**Breaking:** " if change.breaking else ""
        detail = f": {change.detail}" if change.detail else ""
        yield f"- {mark}`{change.subject}` {change.rule.says}{detail}.\n"
    yield "\n"
