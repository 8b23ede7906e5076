"""Checks of arguments, before anything is sent."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, TypeVar, cast

from liminal.errors import LiminalError
from liminal_api import models
from liminal_api.errors import InvalidParameter
from liminal_api.types import NOT_GIVEN, NotGiven

if TYPE_CHECKING:
    from liminal_api.models import AnalysisFinding, AnalyzeResponse

T = TypeVar("T")

# The service stores ids as signed 64-bit integers.
_LARGEST_ID: Final = 2**63 - 1
_WRONG_PROMPT: Final = "findings belong to another prompt: analyze this one, or leave out findings"


def as_id(name: str, value: object) -> int:
    """Return the id as an int. Integers of other libraries, such as ``numpy.int64``, are taken."""
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - the method of a foreign object may raise anything
        number = -1
    if not 0 <= number <= _LARGEST_ID:
        raise LiminalError(f"{name} must be an id: a whole number from 0 to 2**63 - 1")
    return number


def check_text(name: str, value: object) -> None:
    """Raise LiminalError unless the value is a str."""
    if not isinstance(value, str):
        raise LiminalError(f"{name} must be a str, not of type {type(value).__name__}")


def check_chunks(value: object, kind: type[object], of: type[object] = str) -> None:
    """Raise LiminalError unless the value is iterable in the way that ``kind`` is."""
    if not isinstance(value, kind):
        expected, given = f"{kind.__name__} of {of.__name__}", type(value).__name__
        raise LiminalError(f"chunks must be an {expected}, not of type {given}")


def check_name(name: str, value: object) -> None:
    """Raise LiminalError unless the value is a str with visible characters."""
    check_text(name, value)
    if not str(value).strip():
        raise LiminalError(f"{name} must not be empty")


def findings_list(
    findings: AnalyzeResponse | Sequence[AnalysisFinding] | None, prompt: str
) -> list[AnalysisFinding] | None:
    """Return the value of ``findings=`` as a list: all or some of what ``analyze`` found here.

    The service replaces only the findings that it is given. With those of another prompt, this
    prompt would reach the model unchanged, so each finding's text must be at its position in it.
    """
    if findings is None:
        return None
    items = as_findings(findings)
    if not all(_is_at_its_position(prompt, item) for item in items) or _is_of_another_prompt(
        findings, prompt
    ):
        raise LiminalError(_WRONG_PROMPT)
    return items


def as_findings(findings: object) -> list[AnalysisFinding]:
    """Return the findings of an analysis as a list."""
    if isinstance(findings, models.AnalyzeResponse):
        return findings.findings
    if isinstance(findings, list | tuple):
        items = list(cast("Sequence[AnalysisFinding]", findings))
        if all(type(item) is models.AnalysisFinding for item in items):
            return items
    raise LiminalError("findings must be an AnalyzeResponse or a list of AnalysisFinding")


def _is_at_its_position(prompt: str, finding: AnalysisFinding) -> bool:
    """Whether its text is at its position. True for wrong types, which the encoder refuses."""
    positions: tuple[object, ...] = (finding.start, finding.end)
    if not all(type(each) is int for each in positions) or type(finding.text) is not str:
        return True
    start, end = finding.start, finding.end
    return 0 <= start <= end and prompt[start:end] == finding.text


def _is_of_another_prompt(findings: object, prompt: str) -> bool:
    """Whether these are empty findings of another text. The service may normalize its copy."""
    if not isinstance(findings, models.AnalyzeResponse) or findings.findings:
        return False
    return findings.text is not None and _normalized(findings.text) != _normalized(prompt)


def _normalized(text: str) -> str:
    return unicodedata.normalize("NFC", "\n".join(text.splitlines())).strip()


class sendable:  # noqa: N801 - used as a function, and faster than a generator
    """A block that raises LiminalError for arguments that JSON can't express, such as NaN."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, InvalidParameter):
            raise LiminalError(f"the arguments can't be sent: the {error}")


def given(value: T | None) -> T | NotGiven:
    """Return the value, or NOT_GIVEN for None, which a request would send as null."""
    return NOT_GIVEN if value is None else value
