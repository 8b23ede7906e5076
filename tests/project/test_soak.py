"""``./scripts/soak`` measures every figure, and says so when a target is missed."""

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.soak.figures import VARIANTS, Figure, Found, table
from scripts.codegen.derive import ROOT
from tests.faults.table import FAULTS

# Very little of each. This SDK stands for the earlier one, which has an environment of its own.
SHORT = [
    *("--faults", "429 with seconds", "--calls", "120", "--in-flight", "10"),
    *("--seconds", "0.2", "--inputs", "60", "--seed", "7", "--earlier", sys.executable),
]


@pytest.fixture(scope="module")
def results() -> list[dict[str, Any]]:
    if sys.platform != "linux":
        pytest.skip("fds, threads and memory are read from /proc, which Linux alone has")
    command = [sys.executable, "-m", "benchmarks.soak", *SHORT, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["results"]
    return found


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("faults survived", 1),
        ("calls lost", 0),
        ("submits doubled", 0),
        ("logins per expiry", 1),
        ("fds left after close", 0),
        ("threads left after close", 0),
        ("malformed inputs tried", 60),
        ("foreign exceptions seen", 0),
    ],
)
def test_a_figure_is_measured_in_both_variants_and_on_trio(
    results: list[dict[str, Any]], what: str, value: float
) -> None:
    [line] = [line for line in results if line["what"] == what]
    assert [line[name] for name in VARIANTS] == [value] * 3


def test_the_earlier_sdk_meets_the_same_faults(results: list[dict[str, Any]]) -> None:
    theirs = [line for line in results if "liminal-sdk-python" in line["what"]]
    assert [(line["asyncio"], line["of"]) for line in theirs] == [(1, 1)]


def test_each_figure_has_the_command_that_measures_it_again(results: list[dict[str, Any]]) -> None:
    commands = {line["what"]: line["command"] for line in results}
    assert commands["faults survived"] == "./scripts/soak faults --faults '429 with seconds'"
    assert commands["calls lost"] == "./scripts/soak load --calls 120 --in-flight 10"
    assert commands["MiB grown"] == "./scripts/soak lifetimes --seconds 0.2"
    assert commands["foreign exceptions seen"] == "./scripts/soak malformed --inputs 60 --seed 7"


def test_the_reliability_page_counts_every_fault() -> None:
    """After adding a fault, run ``./scripts/soak faults`` and update the page."""
    can_run = sum(not fault.options for fault in FAULTS)
    page = ROOT / "docs" / "project" / "reliability.md"
    lines = page.read_text("utf-8").splitlines()
    [line] = [line for line in lines if line.startswith("| faults survived")]
    ours, theirs = f"| {len(FAULTS)} of {len(FAULTS)} ", f" of {can_run} |"
    assert line.count(ours) == 3
    assert theirs in line


@pytest.mark.parametrize(
    ("target", "good", "bad"), [("all", 9, 8), ("0", 0, 1), ("1", 1, 1.5), ("< 5", 4.9, 5.0)]
)
def test_a_target_is_missed_if_one_variant_misses_it(target: str, good: float, bad: float) -> None:
    met = Figure("met", {"blocking": good, "asyncio": good}, target, 9)
    missed = Figure("missed", {"blocking": good, "asyncio": bad}, target, 9)
    assert Found([met]).is_well
    assert not Found([met, missed]).is_well
    assert [
        line.split()[0]
        for line in table({"": Found([met, missed])}).splitlines()
        if "MISSED" in line
    ] == ["missed"]


def test_what_is_amiss_is_named() -> None:
    found = Found([], ["404, once, blocking: TypeError is foreign"])
    assert not found.is_well
    assert "404, once, blocking: TypeError is foreign" in table({"": found})
