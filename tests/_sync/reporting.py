# Derived from tests/_async/reporting.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Reports of calls, and what they say."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from liminal import CallReport, LiminalError

Reports = list[CallReport]
Fields = dict[str, Any]


def only(reports: Reports) -> CallReport:
    (report,) = reports
    return report


def told(report: CallReport, fields: Fields) -> Fields:
    """Give what a report says of these."""
    return {name: getattr(report, name) for name in fields}


def failing(step: Callable[[], object]) -> None:
    with suppress(LiminalError):
        step()
