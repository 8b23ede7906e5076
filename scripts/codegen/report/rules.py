"""The rules of the report, which says what each kind of change means to callers: see rules.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final


class Kind(StrEnum):
    """What happened to a thing."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class Severity(StrEnum):
    """What a change does to callers."""

    SAFE = "safe"
    DEPRECATED = "deprecated"
    BREAKING = "breaking"


@dataclass(frozen=True)
class Rule:
    """A row of the table; ``same`` are the rules on the wire that tell callers the same."""

    table: str
    kind: Kind
    severity: Severity
    says: str
    why: str
    same: frozenset[str]


def _read(text: str) -> Iterator[tuple[str, Rule]]:
    for section in text.split("\n## ")[1:]:
        table, _, _, _, *rows = section.strip().splitlines()
        for row in rows:
            cells = (cell.strip() for cell in row.strip("|").split("|"))
            name, kind, severity, says, why, same = cells
            yield (
                name,
                Rule(table, Kind(kind), Severity(severity), says, why, frozenset(same.split())),
            )


RULES: Final = dict(_read(Path(__file__).with_name("rules.md").read_text("utf-8")))
