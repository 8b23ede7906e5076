"""The arguments of a prompt: findings, which must be its own, and what may be left out."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from types import TracebackType
from typing import Final, TypeVar, cast

from liminal.errors import LiminalError
from liminal_api.errors import InvalidParameter
from liminal_api.models.analysis_finding import AnalysisFinding
from liminal_api.models.analyze_response import AnalyzeResponse
from liminal_api.types import NOT_GIVEN, NotGiven

T = TypeVar("T")
_WRONG_PROMPT: Final = "findings belong to another prompt: analyze this one, or leave out findings"


def findings_list(
    findings: AnalyzeResponse | Sequence[AnalysisFinding] | None, prompt: str
) -> list[AnalysisFinding] | None:
    """The value of ``findings=`` as a list: what ``analyze`` found in this prompt, or part of it.

    The service replaces only what it is given: with findings of another prompt, this one would
    reach the model as it is. So each finding's text must occur at its position in the prompt.
    """
    if findings is None:
        return None
    items = _items(findings)
    if not all(_is_at_its_place(prompt, item) for item in items) or _is_of_another_prompt(
        findings, prompt
    ):
        raise LiminalError(_WRONG_PROMPT)
    return items


def _items(findings: object) -> list[AnalysisFinding]:
    if isinstance(findings, AnalyzeResponse):
        return findings.findings
    if isinstance(findings, list | tuple):
        items = list(cast("Sequence[AnalysisFinding]", findings))
        if all(type(item) is AnalysisFinding for item in items):
            return items
    raise LiminalError("findings must be an AnalyzeResponse or a list of AnalysisFinding")


def _is_at_its_place(prompt: str, finding: AnalysisFinding) -> bool:
    """Whether its text is at its position. Values of a wrong type are left to the encoder."""
    places: tuple[object, ...] = (finding.start, finding.end)
    if not all(type(place) is int for place in places) or type(finding.text) is not str:
        return True
    start, end = finding.start, finding.end
    return 0 <= start <= end and prompt[start:end] == finding.text


def _is_of_another_prompt(findings: object, prompt: str) -> bool:
    """Compare the texts where nothing was found. The service may have normalized its copy."""
    if not isinstance(findings, AnalyzeResponse) or findings.findings or findings.text is None:
        return False
    return _normalized(findings.text) != _normalized(prompt)


def _normalized(text: str) -> str:
    return unicodedata.normalize("NFC", "\n".join(text.splitlines())).strip()


class sendable:  # noqa: N801 - used as a function, and faster than a generator
    """Raise LiminalError for arguments that JSON can't express, such as NaN in a finding."""

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
    """The value, or NOT_GIVEN for None: to a request's model None would mean null."""
    return NOT_GIVEN if value is None else value
