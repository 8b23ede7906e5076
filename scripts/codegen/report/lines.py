"""A line of the report, the place that it points at, and what two maps or flags differ in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeVar

from scripts.codegen.report.rules import RULES, Kind, Rule, Severity


class Action(StrEnum):
    """What callers must do about a change; the most urgent first."""

    CODE = "Breaking: change your code"
    UPGRADE = "Breaking: upgrade the SDK before the service changes"
    MIGRATE = "Deprecated: stop using it"
    USE = "New"
    NONE = "Nothing to do"


@dataclass(frozen=True)
class Place:
    """A line of a file; in the contract, also a JSON pointer. ``revision`` is not the work tree."""

    file: str
    line: int
    pointer: str = ""
    revision: str = ""

    def __str__(self) -> str:
        revision = f"{self.revision}:" if self.revision else ""
        pointer = f" {self.pointer}" if self.pointer else ""
        return f"{revision}{self.file}:{self.line}{pointer}"


@dataclass(frozen=True)
class Change:
    """A change, by the rule that says what it means to users.

    ``says`` is a more precise wording than the rule's, if there is one.
    """

    rule_id: str
    subject: str
    detail: str
    place: Place
    section: str  # "operations", "schemas" or "python"
    more_places: int = 0  # where the same happened, besides ``place``
    says: str = ""

    @property
    def rule(self) -> Rule:
        return RULES[self.rule_id]

    @property
    def kind(self) -> Kind:
        return self.rule.kind

    @property
    def breaking(self) -> bool:
        return self.rule.severity is Severity.BREAKING

    @property
    def action(self) -> Action:
        if self.breaking:
            return Action.CODE if self.section == "python" else Action.UPGRADE
        if self.rule.severity is Severity.DEPRECATED:
            return Action.MIGRATE
        return Action.USE if self.kind is Kind.ADDED else Action.NONE

    @property
    def text(self) -> str:
        return self.about(self.subject)

    def about(self, subject: str) -> str:
        """Write the line about one subject, or about several."""
        says = self.says or self.rule.says
        text = says.replace("{detail}", self.detail).replace("{}", subject, 1)
        return text if self.detail and "{detail}" in says else text.removesuffix(": ")

    def covers(self, python: Change) -> bool:
        """Return whether a change of the contract tells the same as one of the generated code."""
        same = self.rule_id in python.rule.same and self.breaking == python.breaking
        return same and self.place == python.place

    def as_json(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "section": self.section,
            "side": "python" if self.section == "python" else "wire",
            "kind": self.kind,
            "breaking": self.breaking,
            "rule": self.rule_id,
            "why": self.rule.why,
            "subject": self.subject,
            "text": self.text,
            "place": str(self.place),
            **asdict(self.place),
            "more_places": self.more_places,
        }


K = TypeVar("K")


def split(old: Mapping[K, object], new: Mapping[K, object]) -> tuple[list[K], list[K], list[K]]:
    """List the keys that are new, those that are gone, and those that both have."""
    return (
        [key for key in new if key not in old],
        [key for key in old if key not in new],
        [key for key in new if key in old],
    )


def switched(old: object, new: object, on: str, off: str) -> tuple[str, ...]:
    """Return the rule for what is true from now on, or no longer; none if nothing changed."""
    return () if bool(old) == bool(new) else (on if new else off,)
