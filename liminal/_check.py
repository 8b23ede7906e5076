"""Checks the arguments of a call where they come in, so that a slip costs no request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from .errors import LiminalError

if TYPE_CHECKING:
    from liminal_api.models import AnalysisFinding, AnalyzeResponse


def check_id(name: str, value: object) -> None:
    """An id is a whole number, and not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise LiminalError(f"{name} must be an id: a whole number that is not negative")


def check_text(name: str, value: object) -> None:
    """A prompt may be anything, but text."""
    if not isinstance(value, str):
        raise LiminalError(f"{name} must be a str")


def check_name(name: str, value: object) -> None:
    """A name that a person is to find again."""
    check_text(name, value)
    if not str(value).strip():
        raise LiminalError(f"{name} must not be empty")


def findings_list(
    findings: AnalyzeResponse | Sequence[AnalysisFinding] | None,
) -> list[AnalysisFinding] | None:
    """What ``findings=`` may be: what ``analyze`` answered, or some of its findings."""
    if findings is None:
        return None
    found: object = getattr(findings, "findings", findings)
    if isinstance(found, list | tuple):
        items: list[AnalysisFinding] = list(cast("list[AnalysisFinding]", found))
        if all(hasattr(item, "to_dict") for item in items):
            return items
    raise LiminalError("findings must be an AnalyzeResponse or a list of AnalysisFinding")
