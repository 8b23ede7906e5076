"""``python -m benchmarks``: compares this SDK with its alternatives; see ./scripts/bench."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks import decode, imports, layers, race, worker
from benchmarks.race import Entry, Load, Result
from benchmarks.streaming import contestants, speed

ROOT = Path(__file__).parents[1]
PLOTS = ROOT / "docs/assets/plots"
SEED = "liminal-sdk-python"
PACKAGES = ("httpx", "httpx2", "httpx-aiohttp", "aiohttp", "requests", "openai", "anthropic")
LOADS = {
    "blocking, one after another": Load("blocking"),
    "asyncio, one after another": Load("asyncio"),
    "asyncio, 100 at once": Load("asyncio", at_once=100, calls=300),
    "asyncio, 1,000 at once": Load("asyncio", at_once=1000, calls=1000),
}

# With a thousand concurrent calls, a client that loads the certificates each time takes minutes.
_LEFT_OUT = {SEED: 100}


def main() -> None:
    """Run the selected measurements, and print a table or JSON."""
    arguments = _arguments()
    if arguments.against:
        results = _against(arguments.against, arguments.rounds)
        numbers: dict[str, float] = {}
    else:
        results, numbers = _all(arguments.seed, arguments.rounds)
    if arguments.plots:
        _plot(arguments.rounds)
    if arguments.json:
        rows = [result._asdict() for result in results]
        _say(json.dumps({"on": _environment(), "results": rows, "numbers": numbers}, indent=2))
    else:
        _say("  ".join(f"{name} {value}" for name, value in _environment().items()))
        _say(_table(results))
        _say("\n".join(f"{name:60} {value:12,.1f}" for name, value in numbers.items()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./scripts/bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=int, default=9, help="rounds per contestant")
    parser.add_argument("--against", metavar="REV", help="compare only with this revision")
    parser.add_argument("--plots", action="store_true", help="draw docs/assets/plots anew")
    parser.add_argument("--seed", type=Path, help=argparse.SUPPRESS)  # the other SDK's interpreter
    return parser.parse_args()


def _all(seed: Path | None, rounds: int) -> tuple[list[Result], dict[str, float]]:
    _tell("layers, construction and memory")
    numbers = {
        **{f"µs: {name}": us for name, us in layers.run(rounds).items()},
        **{f"µs: {name}": us for name, us in imports.construction_us(rounds).items()},
        **decode.memory(),
    }
    entries = _entries(seed)
    results: list[Result] = []
    for title, load in LOADS.items():
        _tell(title)
        names = worker.BLOCKING if load.how == "blocking" else worker.ASYNCIO
        results += race.run(title, {name: entries[name] for name in names}, load, rounds, _LEFT_OUT)
    _tell("import")
    libraries = {name: entry for name, entry in entries.items() if not name.startswith("a bare")}
    results += imports.run(libraries, rounds)
    _tell("decoding and streams")
    results += decode.run(1000, rounds)
    results += _streams(rounds)
    return results, numbers


def _streams(rounds: int) -> list[Result]:
    """Microseconds per event; ratios are to the last contestant of each race."""
    return [
        Result(
            one.race,
            one.contestant,
            one.ns / 1e3,
            one.fastest_ns / 1e3,
            one.slowest_ns / 1e3,
            one.ratio,
            "",
        )
        for found in contestants.races(20_000)
        for one in speed.run(found, events=20_000, rounds=rounds)
    ]


def _entries(seed: Path | None) -> dict[str, Entry]:
    """All contestants; the raw client is the first, since ratios are to it."""
    here, path = Path(sys.executable), f"{ROOT}{os.pathsep}{ROOT / 'generated'}"
    found = {
        name: Entry(name, here, path if name == "liminal" else "")
        for name in {**worker.BLOCKING, **worker.ASYNCIO}
    }
    for name in (SEED, f"{SEED}, pooled"):
        found[name] = Entry(name, seed or here)
    return found


def _against(revision: str, rounds: int) -> list[Result]:
    """The work tree and a revision; ratios are to the revision."""
    here = Path(sys.executable)
    results: list[Result] = []
    with _checked_out(revision) as old:
        trees = {revision: old, "work tree": ROOT}
        for title, load in LOADS.items():
            _tell(title)
            entries = {
                name: Entry("liminal", here, f"{tree}{os.pathsep}{tree / 'generated'}")
                for name, tree in trees.items()
            }
            results += race.run(title, entries, load, rounds)
    return results


@contextmanager
def _checked_out(revision: str) -> Generator[Path, None, None]:
    git = ["git", "-C", str(ROOT), "worktree"]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


# ---- cost by size


def _plot(rounds: int) -> None:
    from benchmarks import plot

    PLOTS.mkdir(exist_ok=True)
    _tell("plots")
    for name, (title, across, lines) in _curves(rounds).items():
        drawn = plot.svg(title, across, "microseconds", lines)
        (PLOTS / f"{name}.svg").write_text(drawn, "utf-8")


def _curves(rounds: int) -> dict[str, tuple[str, str, Mapping[str, Any]]]:
    return {
        "in-flight": (
            "A call, by how many are in flight",
            "calls in flight",
            _race_curve("at_once", (1, 3, 10, 30, 100, 300, 1000), rounds),
        ),
        "body-size": (
            "A call, by the size of its answer",
            "bytes",
            _race_curve("size", (100, 1_000, 10_000, 100_000, 1_000_000), rounds),
        ),
        "list-length": (
            "Decoding a list of threads",
            "threads",
            _points(
                (number, decode.run(number, rounds, ("liminal", "pydantic", "msgspec")))
                for number in (1, 10, 100, 1_000, 10_000)
            ),
        ),
        "stream-length": ("An event of a stream", "events", _stream_curve(rounds)),
    }


def _race_curve(what: str, values: tuple[int, ...], rounds: int) -> Mapping[str, Any]:
    names = ("httpx", "httpx-aiohttp", "aiohttp", "liminal")
    entries = {name: entry for name, entry in _entries(None).items() if name in names}
    loads = {
        value: Load(
            "asyncio", **{"calls": max(200, 2 * value if what == "at_once" else 0), what: value}
        )
        for value in values
    }
    return _points(
        (value, race.run("", {name: entries[name] for name in names}, load, rounds))
        for value, load in loads.items()
    )


def _stream_curve(rounds: int) -> Mapping[str, Any]:
    lines: dict[str, list[tuple[float, float]]] = {}
    for events in (100, 1_000, 10_000, 100_000):
        for one in contestants.races(events)[:1]:
            for result in speed.run(one, events=events, rounds=rounds):
                lines.setdefault(result.contestant, []).append((events, result.ns / 1e3))
    return lines


def _points(measured: Any) -> Mapping[str, Any]:
    lines: dict[str, list[tuple[float, float]]] = {}
    for value, results in measured:
        for result in results:
            if result.us is not None:
                lines.setdefault(result.contestant, []).append((value, result.us))
    return lines


# ---- output


def _environment() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.machine()}
    found["processors"] = str(os.cpu_count())
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _table(results: list[Result]) -> str:
    lines: list[str] = []
    work = ""
    for result in results:
        if result.work != work:
            work = result.work
            lines += [
                "",
                f"{work:44} {'median µs':>12} {'fastest':>12} {'slowest':>12} {'ratio':>7}",
            ]
        if result.us is None:
            lines.append(f"  {result.contestant:42} {result.problem}")
            continue
        times = (result.us, result.fastest_us, result.slowest_us)
        ratio = f"{result.ratio:7.2f}" if result.ratio is not None else "      -"
        lines.append(
            f"  {result.contestant:42} " + " ".join(f"{_short(t)}" for t in times) + f" {ratio}"
        )
    return "\n".join([*lines, ""])


def _short(microseconds: float | None) -> str:
    if microseconds is None:
        return f"{'-':>12}"
    return f"{microseconds:12,.0f}" if microseconds >= 100 else f"{microseconds:12.2f}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _tell(what: str) -> None:
    """Print on stderr what is being measured."""
    sys.stderr.write(f"Measuring: {what}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
