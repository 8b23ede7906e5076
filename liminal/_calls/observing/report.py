"""The report of one call, given to callbacks, telemetry and the log when the call has ended."""

from __future__ import annotations

import logging
from typing import Final

import attrs

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
_LINE: Final = "%s: %s in %.3f s (attempts: %d, request id: %s)"


@attrs.frozen(kw_only=True, slots=False)  # created in a third of the time that slots take
class CallReport:
    """How one call, login or stream went. It contains no prompt, answer, token or session id.

    ``vars(report)`` is a dict of what it says.

    - ``operation``: the operation's id in the contract, such as ``analyze_prompt``.
    - ``status``: the HTTP status of the last answer, or None if the last request had none.
    - ``attempts``: the number of attempts, including the first; 0 if nothing was sent. To send a
      request again with a new session, after a 401, is part of the same attempt.
    - ``seconds``: the duration of the whole call; of a stream, until it was read to its end or
      closed, including the time that the program took for its chunks.
    - ``seconds_waiting``: the part of it spent waiting before retries, for the rate of a bulk run,
      and for the session: signing in, or another call's sign-in.
    - ``request_id``: the ``x-request-id`` of the last answer, or None.
    - ``error``: the name of the class of the error that the call raised, or None.
    - ``cancelled``: whether the task was cancelled, the program interrupted, or the stream closed
      before its end. ``error`` is None then.
    - ``bytes_sent``, ``bytes_received``: the size of the bodies that were sent and read in all
      attempts, still compressed. A body that is discarded unread, such as that of a 401 before a
      renewal, isn't counted.
    - ``renewed``: whether a session was opened during the call, by itself or by another call that
      it waited for.
    - ``is_login``, ``is_stream``: the kind of call.
    - ``chunks``: the number of chunks or items that were read from a stream, otherwise None. Also
      None for the raw response streams of ``client.api``.
    - ``seconds_to_first_chunk``: the time until a stream's first chunk was read, or None.
    """

    operation: str
    status: int | None
    attempts: int
    seconds: float
    seconds_waiting: float
    request_id: str | None
    error: str | None
    cancelled: bool
    bytes_sent: int
    bytes_received: int
    renewed: bool
    is_login: bool
    is_stream: bool
    chunks: int | None
    seconds_to_first_chunk: float | None


def log_call(report: CallReport) -> None:
    """Log how a call went. Neither the report nor the record contains a prompt or an answer."""
    outcome = "cancelled" if report.cancelled else report.error or report.status
    values = (report.operation, outcome, report.seconds, report.attempts, report.request_id)
    fields = {name: getattr(report, name) for name in _FIELDS}
    try:
        LOG.debug(_LINE, *values, extra=fields)
    except KeyError:  # the program's own record factory sets an attribute of that name
        LOG.debug(_LINE, *values)
