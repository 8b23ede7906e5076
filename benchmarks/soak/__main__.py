"""``python -m benchmarks.soak``: prints what the SDK survives as a table; see ./scripts/soak.

Exits with 1 if a figure misses its target, or something is wrong.
"""

import argparse
import json
import os
import platform
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.soak import faults, lifetimes, load, malformed
from benchmarks.soak.figures import Found, records, table

_PARTS = ("faults", "load", "lifetimes", "malformed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit status."""
    chosen = _arguments(arguments)
    found = dict(_measure(part, chosen) for part in chosen.parts or _PARTS)
    if chosen.json:
        _say(json.dumps({"on": _machine(), "results": records(found)}, indent=2))
    else:
        _say("  ".join(f"{name} {value}" for name, value in _machine().items()) + "\n")
        _say(table(found))
    return 0 if all(part.is_well for part in found.values()) else 1


def _measure(part: str, chosen: argparse.Namespace) -> tuple[str, Found]:
    """Return a part's command, with its sizes, and its figures."""
    if part == "faults":
        options = "" if chosen.faults == "*" else f"--faults '{chosen.faults}'"
        found = faults.measure(chosen.faults, chosen.earlier)
    elif part == "load":
        options = f"--calls {chosen.calls} --in-flight {chosen.in_flight}"
        found = load.measure(chosen.calls, chosen.in_flight)
    elif part == "lifetimes":
        options = f"--seconds {chosen.seconds:g}"
        found = lifetimes.measure(chosen.seconds)
    else:
        options = f"--inputs {chosen.inputs} --seed {chosen.seed}"
        found = malformed.measure(chosen.inputs, chosen.seed)
    return f"./scripts/soak {part} {options}".rstrip(), found


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./scripts/soak", description=__doc__)
    add = parser.add_argument
    add("parts", nargs="*", metavar="PART", help=f"{', '.join(_PARTS)}; all if none is named")
    add("--faults", default="*", metavar="PATTERN", help="which faults, by name")
    add("--calls", type=int, default=10_000, help="in each variant")
    add("--in-flight", type=int, default=100, help="concurrent calls")
    add("--seconds", type=float, default=60, help="that clients are opened and closed, a variant")
    add("--inputs", type=int, default=30_000, help="malformed ones, in each variant")
    add("--seed", type=int, default=secrets.randbelow(10**6), help="of the malformed inputs")
    add("--json", action="store_true", help="print JSON instead of a table")
    add("--earlier", type=Path, help=argparse.SUPPRESS)  # the earlier SDK's interpreter
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.parts) - set(_PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return chosen


def _machine() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": str(os.cpu_count()),
    }


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
