"""Measures the time per event; contestants alternate, under the same conditions."""

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from benchmarks.streaming.contestants import Race


class Result(NamedTuple):
    """Nanoseconds per event, and the median ratio to the last contestant."""

    race: str
    contestant: str
    ns: float
    fastest_ns: float
    slowest_ns: float
    ratio: float


def run(race: Race, *, events: int, rounds: int) -> list[Result]:
    """Let every contestant read the answer once per round, after a warm-up round."""
    times: dict[str, list[float]] = {name: [] for name in race.contestants}
    for _ in range(rounds + 1):
        for name, read in race.contestants.items():
            times[name].append(_ns(read, events))
    times = {name: measured[1:] for name, measured in times.items()}
    base = times[list(times)[-1]]
    return [
        Result(
            race.title,
            name,
            median(measured),
            min(measured),
            max(measured),
            median(one / other for one, other in zip(measured, base, strict=True)),
        )
        for name, measured in times.items()
    ]


def _ns(read: Callable[[], int], events: int) -> float:
    gc.collect()
    start = time.perf_counter_ns()
    count = read()
    took = time.perf_counter_ns() - start
    if count != events:
        raise RuntimeError(f"saw {count} events of {events}")
    return took / events
