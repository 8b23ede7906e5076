"""How often to ask whether a person has signed in, and when to give up (RFC 8628, 3.5)."""

from __future__ import annotations

from typing import Final

from liminal.auth.microsoft._errors import failure
from liminal.auth.microsoft._outcomes import Fault, NoAnswer, Outcome, Pending

# For an authority that says 0: a person notices no difference, and no server is hammered.
_LEAST: Final = 0.2
# A lost connection should not cost the person their sign-in; a lost network is told soon.
_MISSES: Final = 3
_PASSING: Final = frozenset({Fault.UNREACHABLE, Fault.BROKEN})


class Pace:
    """``seconds`` between two polls, as the authority asked for, and more when it gets slow."""

    def __init__(self, seconds: float, host: str) -> None:
        self._seconds = max(seconds, _LEAST)
        self._host = host
        self._missed = 0

    def after(self, outcome: Outcome) -> float:
        """Return how long to wait after this answer to a poll; AuthError if it ends the sign-in."""
        if isinstance(outcome, Pending):
            self._missed = 0
            self._seconds += outcome.slower
            return self._seconds
        if isinstance(outcome, NoAnswer) and outcome.fault in _PASSING:
            self._missed += 1
            if self._missed < _MISSES:
                return self._seconds * (1 << self._missed)
        raise failure(outcome, self._host, "did not complete the sign-in")
