"""Seconds on a clock that keeps running while a test has frozen Python's own.

freezegun replaces ``time.monotonic``, also where it was imported by name. A wait that is measured
by it would never end, so every bound is measured by this.
"""

from __future__ import annotations

import sys
import time
from functools import partial

__all__ = ["monotonic"]

if sys.platform == "win32":  # pragma: no cover - the tests run elsewhere
    # Real when this was imported before the clock was frozen: there is no other clock.
    monotonic = partial(time.monotonic)
else:
    monotonic = partial(time.clock_gettime, time.CLOCK_MONOTONIC)
