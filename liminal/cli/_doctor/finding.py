"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from liminal.cli._exits import SERVICE


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was checked, what was found, and what to do about it."""

    check: str
    result: str
    state: Literal["ok", "warning", "failed"] = "ok"
    advice: str = ""
    status: int = 0


def warning(check: str, result: str, advice: str) -> Finding:
    """Return a possible problem that does not keep the client from working."""
    return Finding(check, result, "warning", advice)


def failed(check: str, result: str, advice: str, status: int = SERVICE) -> Finding:
    """Return a problem, with its exit status."""
    return Finding(check, result, "failed", advice, status)


class Stopped(Exception):  # noqa: N818 - ends the examination; it is not an error
    """A check on which all later ones depend has failed."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.result)
        self.finding = finding
