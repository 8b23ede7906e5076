"""``liminal doctor``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import typer

from liminal.cli import _console
from liminal.cli._options import Json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from liminal.cli._doctor.finding import Finding

_COLORS: Final = {"ok": "green", "warning": "yellow", "failed": "bold red"}


def doctor(*, json: Json = False) -> None:
    """Find out why the service can't be used. Shows no secret."""
    from liminal.cli._doctor.examination import examine  # noqa: PLC0415 - loads httpx

    findings: list[Finding] = []
    for finding in examine():
        findings.append(finding)
        if not json:
            _show(finding)
    if json:
        _console.emit_json([_fields(finding) for finding in findings])
    raise typer.Exit(status(findings))


def status(findings: Iterable[Finding]) -> int:
    """Return the exit status: that of the first check that failed."""
    return next((finding.status for finding in findings if finding.status), 0)


def _fields(finding: Finding) -> dict[str, object]:
    return {name: getattr(finding, name) for name in ("check", "state", "result", "advice")}


def _show(finding: Finding) -> None:
    text = f"{finding.result}. {finding.advice}" if finding.advice else finding.result
    if not sys.stdout.isatty():
        return _console.emit(f"{finding.state}\t{finding.check}\t{text}\n")
    from rich.table import Table  # noqa: PLC0415 - only a terminal needs it
    from rich.text import Text  # noqa: PLC0415 - as above

    row = Table.grid(padding=(0, 2))
    row.add_column(width=7)
    row.add_column(width=8)
    row.add_row(
        Text(finding.state, style=_COLORS[finding.state]),
        Text(finding.check, style="bold"),
        Text(_console.printable(text)),
    )
    return _console.console().print(row)
