"""The report as a maintainer reads it: half a minute long, the breaking lines first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from scripts.codegen.report.compare import Report
from scripts.codegen.report.lines import Change

# As many as one takes in at a glance; breaking lines are always told, all of them.
SAFE_LINES = 12
NAMES = 6  # on a line

# What a change of the contract is to callers of the generated code, where both mean the same.
_SAME: dict[str, set[str]] = {
    "name-added": {"operation-added", "schema-added", "field-added"},
    "name-removed": {"operation-removed", "schema-removed", "field-removed", "field-missing"},
    "name-renamed": {"operation-renamed", "schema-renamed"},
    "parameter-added": {"argument-added"},
    "parameter-demanded": {"argument-demanded"},
    "parameter-removed": {"argument-removed", "argument-refused"},
    "parameter-required": {"argument-required"},
    "parameter-optional": {"argument-optional"},
    "takes-more": {"argument-wider", "argument-optional"},
    "takes-less": {"argument-narrower", "argument-required"},
    "gives-more": {"field-wider", "field-optional"},
    "gives-less": {"field-narrower", "field-required"},
    "type-changed": {"argument-narrower", "field-wider"},
}
_PLURALS = {
    "is": "are", "has": "have", "accepts": "accept", "answers": "answer", "asks": "ask",
    "gives": "give", "imports": "import", "speaks": "speak", "streams": "stream", "takes": "take",
}  # fmt: skip


@dataclass
class Row:
    """What one line tells: changes that differ in the name alone, and the same in Python."""

    changes: list[Change] = field(default_factory=list)
    python: list[Change] = field(default_factory=list)

    def __str__(self) -> str:
        first = self.changes[0]
        mark = "BREAKING" if first.breaking else "safe"
        return f"  {mark:<9}{first.kind:<8} {self._text(first)}  [{self._place(first)}]"

    def _text(self, first: Change) -> str:
        subjects = list(dict.fromkeys(one.subject for one in self.changes))
        says = first.rule.says if len(subjects) == 1 else plural(first.rule.says)
        detail = f": {first.detail}" if first.detail else ""
        names = list(dict.fromkeys(one.subject for one in self.python))
        python = f" (Python: {_listed(names, whole=first.breaking)})" if names else ""
        return f"{_listed(subjects, whole=first.breaking)} {says}{detail}{python}"

    def _place(self, first: Change) -> str:
        more = len({one.place for one in self.changes}) - 1
        more += sum(one.more_places for one in self.changes)
        return f"{first.place} and {more} more" if more else str(first.place)


def text(report: Report) -> str:
    """Write the report."""
    if not report.changes:
        return f"nothing changed for users since {report.since}"
    return "\n".join([*_head(report), *_sections(report), *_tail(report)])


def plural(says: str) -> str:
    """Put what is said of one thing so that it can be said of many."""
    words = says.split(" ")
    verb = next((index for index, word in enumerate(words) if word in _PLURALS), None)
    if verb is not None:
        words[verb] = _PLURALS[words[verb]]
    return " ".join(words)


def _head(report: Report) -> Iterator[str]:
    safe = len(report.changes) - len(report.breaking)
    counts = f"{len(report.breaking)} breaking, {safe} safe"
    yield f"what changed for users since {report.since}: {counts}"


def _sections(report: Report) -> Iterator[str]:
    rows = _rows(report.changes)
    for section, found in groupby(rows, key=lambda row: row.changes[0].section):
        lines = [*found]
        breaking = [row for row in lines if row.changes[0].breaking]
        safe = lines[len(breaking) :]
        yield section
        yield from map(str, [*breaking, *safe[:SAFE_LINES]])
        if len(safe) > SAFE_LINES:
            yield f"  … and {len(safe) - SAFE_LINES} more that are safe (--json has them)"


def _rows(changes: list[Change]) -> list[Row]:
    """Put changes on as few lines as tell them all; the place is the first one's."""
    rows: dict[tuple[str, ...], Row] = {}
    wire = [one for one in changes if one.section != "python"]
    for change in changes:
        host = next((one for one in wire if _says(one, change)), None)
        row = rows.setdefault(_key(host or change), Row())
        (row.python if host else row.changes).append(change)
    return list(rows.values())


def _key(change: Change) -> tuple[str, ...]:
    """Give the same for what differs in the name alone; if it breaks, in the owner's alone."""
    last = change.subject.rpartition(".")[2] if change.breaking else ""
    return change.section, change.rule_id, change.detail, last


def _says(wire: Change, python: Change) -> bool:
    """Say whether a change of the contract tells a change of the generated code, too."""
    same = wire.rule_id in _SAME.get(python.rule_id, ()) and wire.breaking == python.breaking
    return same and python.section == "python" and wire.place == python.place


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


def _tail(report: Report) -> Iterator[str]:
    if report.without_facade:
        yield f"no facade method yet: {', '.join(report.without_facade)} (client.api has them)"
    yield f"version: {report.version} → {report.next_version} ({report.reason})"
