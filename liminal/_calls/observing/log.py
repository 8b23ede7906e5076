"""Logs each call: one DEBUG record of the logger ``liminal``, with fields."""

from __future__ import annotations

import logging
from typing import Final

from .report import CallReport

LOG: Final = logging.getLogger("liminal")
# Attributes of the record, for formatters that write them, such as JSON formatters.
_FIELDS: Final = (
    "operation",
    "status",
    "attempts",
    "seconds",
    "request_id",
    "error",
    "cancelled",
)


def log_call(report: CallReport) -> None:
    """Log how a call went. Neither the report nor the record holds any content."""
    outcome = "cancelled" if report.cancelled else report.error or report.status
    values = (report.operation, outcome, report.seconds, report.attempts, report.request_id)
    fields = {name: getattr(report, name) for name in _FIELDS}
    try:
        LOG.debug(_LINE, *values, extra=fields)
    except KeyError:  # the program's own record factory sets an attribute of that name
        LOG.debug(_LINE, *values)


_LINE: Final = "%s: %s in %.3f s (attempts: %d, request id: %s)"
