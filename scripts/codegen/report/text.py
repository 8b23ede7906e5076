"""The report as a maintainer reads it: half a minute long, the breaking lines first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from scripts.codegen.report.compare import Report
from scripts.codegen.report.lines import Change

# As many as one takes in at a glance; breaking lines are always told, all of them.
SAFE_LINES = 12
NAMES = 6  # on a line


def text(report: Report) -> str:
    """Write the report."""
    if not report.changes:
        return f"nothing changed for users since {report.since}"
    return "\n".join([*_head(report), *_sections(report), *_tail(report)])


def _head(report: Report) -> Iterator[str]:
    safe = len(report.changes) - len(report.breaking)
    counts = f"{len(report.breaking)} breaking, {safe} safe"
    yield f"what changed for users since {report.since}: {counts}"


def _sections(report: Report) -> Iterator[str]:
    for section, found in groupby(report.changes, key=lambda change: change.section):
        changes = list(found)
        yield section
        yield from (_line(change) for change in changes if change.breaking)
        safe = [change for change in changes if not change.breaking]
        lines = [*_safe(safe)]
        yield from lines[:SAFE_LINES]
        if len(lines) > SAFE_LINES:
            yield f"  … and {len(lines) - SAFE_LINES} more that are safe (--json has them)"


def _safe(changes: list[Change]) -> Iterator[str]:
    """Put on one line what differs in the name alone; the place is the first one's."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        key = (change.rule_id, change.subject if change.detail else "")
        groups.setdefault(key, []).append(change)
    for group in groups.values():
        if group[0].detail:
            yield from map(_line, group)
        else:
            yield _line(replace(group[0], subject=_listed([change.subject for change in group])))


def _listed(subjects: list[str]) -> str:
    more = f" and {len(subjects) - NAMES} more" if len(subjects) > NAMES else ""
    return f"{', '.join(subjects[:NAMES])}{more}"


def _line(change: Change) -> str:
    mark = "BREAKING" if change.breaking else "safe"
    return f"  {mark:<9}{change.kind:<8} {change.text}  [{change.place}]"


def _tail(report: Report) -> Iterator[str]:
    if report.without_facade:
        yield f"no facade method yet: {', '.join(report.without_facade)} (client.api has them)"
    yield f"version: {report.version} → {report.next_version} ({report.reason})"
