"""The duration of each phase of ``./codegen.sh``, which ``--timings`` prints."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS: dict[str, float] = {}


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Add the time of the block to that of a phase."""
    began = time.perf_counter()
    try:
        yield
    finally:
        SECONDS[name] = SECONDS.get(name, 0.0) + time.perf_counter() - began


def table() -> str:
    """Write the phases, each on a line, and their sum."""
    rows = [*SECONDS.items(), ("total", sum(SECONDS.values()))]
    return "\n".join(f"{name:<20}{seconds:6.2f} s" for name, seconds in rows)
