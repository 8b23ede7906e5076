"""Measures imports, each in a new process."""

import subprocess
import time
from collections.abc import Mapping
from statistics import median

from benchmarks.race import Entry, Result

PROGRAMS = {
    "import httpx": ("httpx", "import httpx"),
    "import liminal": ("liminal", "import liminal"),
    "from liminal import SyncClient": ("liminal", "from liminal import SyncClient"),
    "from liminal import Client": ("liminal", "from liminal import Client"),
    "liminal-sdk-python": ("liminal-sdk-python", "from liminal import Client"),
    "openai": ("openai", "from openai import OpenAI"),
    "anthropic": ("anthropic", "from anthropic import Anthropic"),
}
_TIMED = "import sys, time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"


def run(entries: Mapping[str, Entry], rounds: int) -> list[Result]:
    """Microseconds per import; ratios are to httpx."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(rounds + 1):
        for name, (who, program) in PROGRAMS.items():
            times[name].append(_us(entries[who], program))
    base = times["import httpx"][1:]
    return [_result(name, found[1:], base) for name, found in times.items()]


def _result(name: str, times: list[float], base: list[float]) -> Result:
    if not all(times):
        return Result("import", name, None, None, None, None, "can't be imported")
    ratio = median(one / other for one, other in zip(times, base, strict=True))
    return Result("import", name, median(times), min(times), max(times), ratio, "")


def _us(entry: Entry, program: str) -> float:
    """Zero when it fails."""
    command = [str(entry.python), "-c", _TIMED.format(program)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={"PYTHONPATH": entry.path}
    )
    return float(done.stdout) * 1e6 if done.returncode == 0 else 0.0


def construction_us(rounds: int) -> dict[str, float]:
    """Microseconds to make a client, for https."""
    from liminal import Client, SyncClient

    found: dict[str, float] = {}
    for kind in (SyncClient, Client):
        times: list[float] = []
        for _ in range(rounds * 100):
            begun = time.perf_counter()
            kind("https://api.tenant.example")
            times.append((time.perf_counter() - begun) * 1e6)
        found[f"{kind.__name__}(...), first"] = times[0]
        found[f"{kind.__name__}(...)"] = median(times)
    return found
