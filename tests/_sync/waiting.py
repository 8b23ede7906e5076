# Derived from tests/_async/waiting.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Waiting for what another thread or task brings about."""

import gc
import time
from collections.abc import Callable

from tests.support.tasks import PATIENCE


def until(holds: Callable[[], object]) -> None:
    """Let the others go on until ``holds()``; it is an error when it takes too long."""
    ends, pause = time.monotonic() + PATIENCE, 0.001
    while not holds():
        assert time.monotonic() < ends, "it does not come to that"
        time.sleep(pause)
        pause = min(1.5 * pause, 0.02)  # hundreds may be waiting


def settle() -> None:
    """Let what is under way come to its end, and what was dropped be collected.

    A warning or an error of a finalizer fails the test: pytest makes errors of them.
    """
    gc.collect()
    for _ in range(3):
        time.sleep(0.002)
