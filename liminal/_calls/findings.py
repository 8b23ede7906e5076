"""What a prompt's findings may be, and what of them can be sent."""

from __future__ import annotations

import unicodedata
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final, cast

from liminal.errors import LiminalError
from liminal_api.errors import InvalidParameter
from liminal_api.models.analysis_finding import AnalysisFinding
from liminal_api.models.analyze_response import AnalyzeResponse

_OTHERS: Final = "findings are those of another prompt: analyze this one, or leave findings out"


def findings_list(
    findings: AnalyzeResponse | Sequence[AnalysisFinding] | None, prompt: str
) -> list[AnalysisFinding] | None:
    """What ``findings=`` may be: what ``analyze`` answered for this prompt, or some of that.

    The service replaces what it is told, and nothing else: with an analysis of another prompt this
    one would go to the model as it is.
    """
    if findings is None:
        return None
    items = _items(findings)
    if not all(_stands_in(prompt, item) for item in items) or _is_of_other(findings, prompt):
        raise LiminalError(_OTHERS)
    return items


def _items(findings: object) -> list[AnalysisFinding]:
    if isinstance(findings, AnalyzeResponse):
        return findings.findings
    if isinstance(findings, list | tuple):
        items = list(cast("Sequence[AnalysisFinding]", findings))
        if all(type(item) is AnalysisFinding for item in items):
            return items
    raise LiminalError("findings must be an AnalyzeResponse or a list of AnalysisFinding")


def _stands_in(prompt: str, finding: AnalysisFinding) -> bool:
    """Its text stands at its place; what can't be sent at all is for the encoder to refuse."""
    places: tuple[object, ...] = (finding.start, finding.end)
    if not all(type(place) is int for place in places) or type(finding.text) is not str:
        return True
    start, end = finding.start, finding.end
    return 0 <= start <= end and prompt[start:end] == finding.text


def _is_of_other(findings: object, prompt: str) -> bool:
    """Where nothing was found, there is only the text to tell by, which the service normalises."""
    if not isinstance(findings, AnalyzeResponse) or findings.findings or findings.text is None:
        return False
    return _normalized(findings.text) != _normalized(prompt)


def _normalized(text: str) -> str:
    return unicodedata.normalize("NFC", "\n".join(text.splitlines())).strip()


@contextmanager
def sendable() -> Generator[None, None, None]:
    """Whatever in the arguments JSON can't express, such as a NaN in a finding, is our error."""
    try:
        yield
    except InvalidParameter as error:
        problem = str(error)
    else:
        return
    raise LiminalError(f"the arguments can't be sent: the {problem}")
