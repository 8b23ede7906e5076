"""What a prompt's findings may be, and what of them can be sent."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import cast

from liminal_api.errors import InvalidParameter
from liminal_api.models.analysis_finding import AnalysisFinding
from liminal_api.models.analyze_response import AnalyzeResponse

from .errors import LiminalError


def findings_list(
    findings: AnalyzeResponse | Sequence[AnalysisFinding] | None, prompt: str
) -> list[AnalysisFinding] | None:
    """What ``findings=`` may be: what ``analyze`` answered for this prompt, or some of that.

    The service replaces what it is told, and nothing else: with an analysis of another prompt this
    one would go to the model as it is.
    """
    if findings is None:
        return None
    if isinstance(findings, AnalyzeResponse):
        if findings.text not in {None, prompt}:
            raise LiminalError(
                "findings are those of another prompt: analyze this one, or leave findings out"
            )
        return findings.findings
    if isinstance(findings, list | tuple):
        items = list(cast("Sequence[AnalysisFinding]", findings))
        if all(type(item) is AnalysisFinding for item in items):
            return items
    raise LiminalError("findings must be an AnalyzeResponse or a list of AnalysisFinding")


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
