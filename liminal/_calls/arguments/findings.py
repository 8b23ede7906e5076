"""Arguments of a prompt: its findings, which must be its own, and optional arguments."""

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
    """Return the value of ``findings=`` as a list: all or some of what ``analyze`` found here.

    The service replaces only the findings that it is given. With those of another prompt, this
    prompt would reach the model unchanged, so each finding's text must be at its position in it.
    """
    if findings is None:
        return None
    items = _items(findings)
    if not all(_is_at_its_position(prompt, item) for item in items) or _is_of_another_prompt(
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


def _is_at_its_position(prompt: str, finding: AnalysisFinding) -> bool:
    """Whether its text is at its position. True for wrong types, which the encoder refuses."""
    positions: tuple[object, ...] = (finding.start, finding.end)
    if not all(type(each) is int for each in positions) or type(finding.text) is not str:
        return True
    start, end = finding.start, finding.end
    return 0 <= start <= end and prompt[start:end] == finding.text


def _is_of_another_prompt(findings: object, prompt: str) -> bool:
    """Whether these are empty findings of another text. The service may normalize its copy."""
    if not isinstance(findings, AnalyzeResponse) or findings.findings or findings.text is None:
        return False
    return _normalized(findings.text) != _normalized(prompt)


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
