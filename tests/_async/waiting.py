"""Waiting for what another thread or task brings about."""

import gc
import time
from collections.abc import Callable

import anyio

from tests.support.tasks import PATIENCE


async def until(holds: Callable[[], object]) -> None:
    """Let the others go on until ``holds()``; it is an error when it takes too long."""
    ends, pause = time.monotonic() + PATIENCE, 0.001
    while not holds():
        assert time.monotonic() < ends, "it does not come to that"
        await anyio.sleep(pause)
        pause = min(1.5 * pause, 0.02)  # hundreds may be waiting


async def settle() -> None:
    """Let what is under way come to its end, and what was dropped be collected.

    A warning or an error of a finalizer fails the test: pytest makes errors of them.
    """
    gc.collect()
    for _ in range(3):
        await anyio.sleep(0.002)
