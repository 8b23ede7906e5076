"""The report as text for a terminal and as Markdown for a pull request.

Grouped by what callers must do, the breaking changes first and all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from scripts.codegen.report.compare import Report
from scripts.codegen.report.lines import Action, Change

SHOWN = 12  # lines of a group of safe changes
NAMES = 6  # on such a line

_PLURALS = {"was": "were", "is": "are", "has": "have", "accepts": "accept", "requires": "require"}
_PLURALS |= {"answers": "answer", "streams": "stream", "inherits": "inherit"}
_PLURALS |= {"takes": "take"}


@dataclass
class Row:
    """The changes on one line: those that differ only by name, and the same ones in Python."""

    changes: list[Change] = field(default_factory=list)
    python: list[Change] = field(default_factory=list)

    @property
    def action(self) -> Action:
        return Action.CODE if self.python and self.changes[0].breaking else self.changes[0].action

    @property
    def text(self) -> str:
        first, whole = self.changes[0], self.changes[0].breaking
        subjects = list(dict.fromkeys(one.subject for one in self.changes))
        text = first.about(_listed(subjects, whole=whole))
        names = list(dict.fromkeys(one.subject for one in self.python))
        python = f" (Python: {_listed(names, whole=whole)})" if names else ""
        return f"{text if len(subjects) == 1 else plural(text)}{python}"

    @property
    def place(self) -> str:
        more = len({one.place for one in self.changes}) - 1
        more += sum(one.more_places for one in self.changes)
        return f"{self.changes[0].place} and {more} more" if more else str(self.changes[0].place)


def text(report: Report) -> str:
    """Write the report for a terminal."""
    return _written(report, "{} ({})", lambda row: f"  {row.text}  [{row.place}]", "")


def markdown(report: Report) -> str:
    """Write the report for a pull request."""

    def line(row: Row) -> str:
        escaped = re.sub(r"([*_<>`|\[\]])", r"\\\1", row.text)
        return f"- {escaped} — `{row.place}`"

    return _written(report, "\n#### {} ({})\n", line, "\n")


def _written(report: Report, title: str, line: Callable[[Row], str], gap: str) -> str:
    if not report.changes:
        return f"nothing changed for users since {report.since}"
    rows = _rows(report.changes)
    breaking = sum(row.changes[0].breaking for row in rows)
    count = f"{breaking} breaking, {len(rows) - breaking} safe"
    said = [f"what changed for users since {report.since}: {count}"]
    for action in Action:
        found = [row for row in rows if row.action is action]
        if found:
            shown = found if found[0].changes[0].breaking else found[:SHOWN]
            said += [title.format(action, len(found)), *map(line, shown)]
            rest = len(found) - len(shown)
            said += [f"  … and {rest} more (--format json has them)"] if rest else []
    if report.without_facade:
        lacking = ", ".join(report.without_facade)
        said.append(f"{gap}no facade method yet: {lacking} (client.api has them)")
    said.append(f"{gap}version: {report.version} → {report.next_version} ({report.reason})")
    return "\n".join(said)


def plural(says: str) -> str:
    """Turn a sentence about one thing into one about many."""
    if says.startswith("new "):
        return re.sub(r"\b(operation|argument|field|schema|name)\b", r"\1s", says, count=1)
    verb = "|".join(_PLURALS)
    return re.sub(rf" ({verb}) ", lambda found: f" {_PLURALS[found[1]]} ", f"{says} ", count=1)[:-1]


def _rows(changes: list[Change]) -> list[Row]:
    """Put changes on as few lines as possible, each with the place of its first change."""
    rows: dict[tuple[str, ...], Row] = {}
    wire = [one for one in changes if one.section != "python"]
    for change in changes:
        host = next((one for one in wire if one.covers(change)), None)
        row = rows.setdefault(_key(host or change), Row())
        (row.python if host else row.changes).append(change)
    return list(rows.values())


def _key(change: Change) -> tuple[str, ...]:
    """Return the same for what differs in the name alone; if it breaks, in the owner's alone."""
    last = change.subject.rpartition(".")[2] if change.breaking else ""
    return change.section, change.rule_id, change.detail, change.says, last


def _listed(subjects: list[str], *, whole: bool) -> str:
    """List names; those of many owners' like things together, as in ``{A, B, C}.name``."""
    kept = subjects if whole else subjects[:NAMES]
    more = f" and {len(subjects) - len(kept)} more" if len(subjects) > len(kept) else ""
    columns = [set(steps) for steps in zip(*(one.split(".") for one in kept), strict=False)]
    apart = [index for index, steps in enumerate(columns) if len(steps) > 1]
    alike = len({one.count(".") for one in kept}) == 1 and len(apart) == 1
    if len(kept) < 3 or not alike or apart[0] == len(columns) - 1:
        return f"{', '.join(kept)}{more}"
    steps = kept[0].split(".")
    steps[apart[0]] = f"{{{', '.join(one.split('.')[apart[0]] for one in kept)}{more}}}"
    return ".".join(steps)
