"""``python -m benchmarks.streaming``: typed chunks against httpx-sse and json.loads, in one run."""

import argparse
import json
import platform
import sys
from importlib.metadata import version
from typing import Any

from benchmarks.streaming import delay, memory, speed
from benchmarks.streaming.contestants import races


def main() -> None:
    """Measure what the arguments ask for, and print a table or JSON."""
    arguments = _arguments()
    if arguments.memory:
        rows = [growth._asdict() for growth in memory.run(int(arguments.memory * 1e9))]
    elif arguments.delay:
        rows = [found._asdict() for found in delay.run(1_000)]
    else:
        rows = [
            result._asdict()
            for race in races(arguments.events)
            for result in speed.run(race, events=arguments.events, rounds=arguments.rounds)
        ]
    if arguments.json:
        _say(json.dumps({"on": _environment(), "rows": rows}, indent=2))
    else:
        _say("  ".join(f"{name} {value}" for name, value in _environment().items()))
        _say(_table(rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streaming", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--events", type=int, default=20_000, help="events of an answer")
    parser.add_argument("--rounds", type=int, default=9, help="times that each contestant reads it")
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--memory",
        type=float,
        nargs="?",
        const=1.0,
        metavar="GB",
        help="measure the memory's growth over so many gigabytes (1) instead",
    )
    other.add_argument(
        "--delay", action="store_true", help="measure the first chunk's delay instead"
    )
    return parser.parse_args()


def _environment() -> dict[str, str]:
    packages = {name: version(name) for name in ("httpx", "httpx-sse", "attrs")}
    return {"python": platform.python_version(), "machine": platform.machine(), **packages}


def _table(rows: list[dict[str, Any]]) -> str:
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = (map(str.ljust, row, widths) for row in cells)
    return "\n".join("  ".join(line).rstrip() for line in lines)


def _cell(value: object) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
