"""The interval between polls for a completed sign-in, and when to give up (RFC 8628, 3.5)."""

from __future__ import annotations

from typing import Final

from liminal.auth.microsoft._errors import failure
from liminal.auth.microsoft._outcomes import Fault, NoAnswer, Outcome, Pending

# Seconds. An authority may ask for 0; this is unnoticeable to a person and spares the server.
_SHORTEST: Final = 0.2
# Lost connections in a row before giving up: one should not cost the person their sign-in.
_MAX_MISSES: Final = 3
_TRANSIENT: Final = frozenset({Fault.UNREACHABLE, Fault.BROKEN})


class PollInterval:
    """Starts at the ``seconds`` that the authority asked for, and grows when it says slow down."""

    def __init__(self, seconds: float, host: str) -> None:
        self._seconds = max(seconds, _SHORTEST)
        self._host = host
        self._missed = 0

    def after(self, outcome: Outcome) -> float:
        """Return the seconds to wait after a poll; AuthError if its outcome ends the sign-in."""
        if isinstance(outcome, Pending):
            self._missed = 0
            self._seconds += outcome.slower
            return self._seconds
        if isinstance(outcome, NoAnswer) and outcome.fault in _TRANSIENT:
            self._missed += 1
            if self._missed < _MAX_MISSES:
                return self._seconds * (1 << self._missed)
        raise failure(outcome, self._host, "did not complete the sign-in")
