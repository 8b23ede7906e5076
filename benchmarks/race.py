"""Runs contestants alternately, each in its own process, under the same conditions."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any, NamedTuple

HERE = Path(__file__).parent


class Load(NamedTuple):
    """How the calls are made: blocking or asyncio, the concurrency, and the size of the text."""

    how: str
    at_once: int = 1
    size: int = 40
    calls: int = 200


class Entry(NamedTuple):
    """A contestant, its interpreter, and the folder of its packages."""

    name: str
    python: Path
    path: str = ""


class Result(NamedTuple):
    """Microseconds per call, and the median ratio to the first contestant."""

    work: str
    contestant: str
    us: float | None
    fastest_us: float | None
    slowest_us: float | None
    ratio: float | None
    problem: str


def run(
    title: str,
    entries: Mapping[str, Entry],
    load: Load,
    rounds: int,
    left_out: Mapping[str, int] = MappingProxyType({}),
) -> list[Result]:
    """One round to warm up, then so many that count.

    ``left_out`` has the contestants that are too slow for more than so many calls at once.
    """
    with ExitStack() as stack:
        port = stack.enter_context(server())
        ask = {name: stack.enter_context(_worker(entry, port)) for name, entry in entries.items()}
        answers: dict[str, list[dict[str, Any]]] = {name: [] for name in entries}
        for _ in range(rounds + 1):
            for name, process in ask.items():
                if load.at_once > left_out.get(name, load.at_once):
                    answers[name] = [{"error": "left out: it would take minutes"}]
                elif not any("error" in answer for answer in answers[name]):
                    answers[name].append(_ask(process, load))
    times = {
        name: [1e6 * one.get("seconds", 0) / load.calls for one in found[1:]]
        for name, found in answers.items()
    }
    base = next((found for found in times.values() if found), list[float]())
    return [_result(title, name, answers[name][-1], times[name], base) for name in entries]


def _result(
    title: str, name: str, last: Mapping[str, object], times: list[float], base: list[float]
) -> Result:
    if "error" in last:
        return Result(title, name, None, None, None, None, str(last["error"])[:100])
    ratios = [one / other for one, other in zip(times, base, strict=False) if other]
    ratio = median(ratios) if ratios else None
    return Result(title, name, median(times), min(times), max(times), ratio, "")


def _ask(process: subprocess.Popen[str], load: Load) -> dict[str, Any]:
    assert process.stdin and process.stdout  # noqa: PT018, S101 - both are pipes
    try:
        process.stdin.write(json.dumps(load._asdict()) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
    except (OSError, ValueError):
        return {"error": "it ended"}
    return answer


@contextmanager
def server(delay: int = 0) -> Generator[int, None, None]:
    """Run the server that all contestants call, and give its port. It takes ``delay`` ms."""
    command = [sys.executable, str(HERE / "server.py"), str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout  # noqa: S101 - a pipe
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def _worker(entry: Entry, port: int) -> Generator[subprocess.Popen[str], None, None]:
    command = [str(entry.python), str(HERE / "worker.py"), entry.name, str(port)]
    environment = {key: value for key, value in os.environ.items() if "_proxy" not in key.lower()}
    environment["PYTHONPATH"] = entry.path
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
