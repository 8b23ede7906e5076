"""Tries every fault of ``tests/faults/table.py`` with every kind of call of both variants.

The earlier SDK of this name, which is asyncio only, is tried as well, except where it lacks the
limit that a fault is about. This SDK survives if it does what the table says. The earlier one
survives if it gives the right answer where the table has one, and soon raises any exception
elsewhere.
"""

import json
import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from benchmarks.soak.earlier import gist
from benchmarks.soak.figures import VARIANTS, Figure, Found, Progress
from liminal.errors import LiminalError
from tests.faults.operations import PROMPT
from tests.faults.table import FAULTS, Fault
from tests.faults.trial import KINDS, meeting, run, shortest_waits
from tests.faults.variants import variant

_EARLIER = Path(__file__).parents[2] / "requirements/bench-seed.in"

_MEANING = """\
This SDK survives with the answer, or the error and number of tries, in tests/faults/table.py; the
earlier one with the same answer, or any exception within 15 s where the table has an error. It is
asyncio only, and not tried with faults that only a limit ends, since it has no such limit."""

# By the fault's name and the kind of call: whether it was survived, and the answer.
Survived = dict[tuple[str, str], bool]
Gists = dict[tuple[str, str], Any]


def measure(pattern: str, earlier: Path | None) -> Found:
    """The faults whose names fit the pattern; ``earlier`` is the other SDK's interpreter."""
    faults = [fault for fault in FAULTS if fnmatchcase(fault.name, pattern)]
    gists: Gists = {}
    problems: list[str] = []
    ours = {name: _ours(name, faults, gists, problems) for name in VARIANTS}
    figures = _figures("", ours, faults, "all")
    if earlier is not None:
        # The earlier SDK has no options for limits.
        can_run = [fault for fault in faults if not fault.options]
        survived, by_foreign = _theirs(earlier, can_run, gists)
        name = "liminal-sdk-python " + _EARLIER.read_text("utf-8").rpartition("==")[2].strip()
        figures += _figures(f" by {name}", {"asyncio": survived}, can_run, "")
        figures.append(Figure("    of which by an exception not its own", {"asyncio": by_foreign}))
    return Found(figures, problems, _MEANING)


def _figures(
    by: str, survived: Mapping[str, Survived], faults: list[Fault], target: str
) -> list[Figure]:
    whole = {
        name: sum(all(of[fault.name, kind] for kind in KINDS) for fault in faults)
        for name, of in survived.items()
    }
    calls = {name: sum(of.values()) for name, of in survived.items()}
    return [
        Figure(f"faults survived{by}", whole, target, len(faults)),
        Figure("  calls that met them, and survived", calls, target, len(faults) * len(KINDS)),
    ]


def _ours(name: str, faults: list[Fault], gists: Gists, problems: list[str]) -> Survived:
    survived: Survived = {}
    progress = Progress(f"faults, {name}", len(faults), "faults")
    for number, fault in enumerate(faults):
        progress(number)
        for kind, operation in KINDS.items():
            outcome, wrong = _trial(name, fault, kind)
            survived[fault.name, kind] = not wrong
            if wrong:
                problems.append(f"{fault.name}, {kind}, {name}: {wrong}")
            elif not isinstance(outcome, LiminalError):
                gists[fault.name, kind] = gist(operation, outcome)
    return survived


def _trial(name: str, fault: Fault, kind: str) -> tuple[Any, str]:
    try:
        with shortest_waits(), variant(name) as sdk:
            return run(sdk, fault, kind)
    except Exception as error:  # noqa: BLE001 - not ours, so it is reported as a problem
        return None, f"{type(error).__name__} is foreign"


def _theirs(earlier: Path, faults: list[Fault], gists: Gists) -> tuple[Survived, int]:
    survived: Survived = {}
    by_foreign = 0
    progress = Progress("faults, liminal-sdk-python", len(faults), "faults")
    with _worker(earlier) as worker:
        for number, fault in enumerate(faults):
            progress(number)
            for kind, operation in KINDS.items():
                with meeting(fault, kind) as (url, _):
                    came = _ask(worker, url, operation)
                raises = getattr(fault, kind).error is not None
                right = {"gist": gists.get((fault.name, kind))}
                survived[fault.name, kind] = "error" in came if raises else came == right
                by_foreign += raises and "foreign" in came
    return survived, by_foreign


@contextmanager
def _worker(interpreter: Path) -> Generator[subprocess.Popen[str]]:
    script = str(Path(__file__).with_name("earlier.py"))
    environment = {key: value for key, value in os.environ.items() if "_proxy" not in key.lower()}
    with subprocess.Popen(
        [str(interpreter), script],
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


def _ask(worker: subprocess.Popen[str], url: str, operation: str) -> dict[str, Any]:
    assert worker.stdin and worker.stdout  # noqa: PT018, S101 - both are pipes
    asked = {"url": url, "operation": operation, "prompt": PROMPT}
    worker.stdin.write(json.dumps(asked) + "\n")
    worker.stdin.flush()
    came: dict[str, Any] = json.loads(worker.stdout.readline())
    return came
