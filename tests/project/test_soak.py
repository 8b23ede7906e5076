"""``./scripts/soak`` measures every figure, and says so when a target is missed."""

import json
import subprocess
import sys

import pytest

from benchmarks.soak.figures import VARIANTS, Figure, Found, table
from scripts.codegen.derive import ROOT
from tests.faults.table import FAULTS

# Very little of each. This SDK stands for the earlier one, which has an environment of its own.
SHORT = [
    *("--faults", "429 with seconds", "--calls", "120", "--in-flight", "10"),
    *("--seconds", "0.2", "--inputs", "60", "--seed", "7", "--earlier", sys.executable),
]


MEASURED = {
    "faults survived": 1,
    "calls lost": 0,
    "submits doubled": 0,
    "logins per expiry": 1,
    "fds left after close": 0,
    "threads left after close": 0,
    "malformed inputs tried": 60,
    "foreign exceptions seen": 0,
}
COMMANDS = {
    "faults survived": "./scripts/soak faults --faults '429 with seconds'",
    "calls lost": "./scripts/soak load --calls 120 --in-flight 10",
    "MiB grown": "./scripts/soak lifetimes --seconds 0.2",
    "foreign exceptions seen": "./scripts/soak malformed --inputs 60 --seed 7",
}


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc, which Linux alone has")
def test_each_figure_is_measured_in_all_variants_with_the_command_to_measure_it_again():
    command = [sys.executable, "-m", "benchmarks.soak", *SHORT, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(done.stdout)["results"]
    lines = {line["what"]: line for line in results}
    found = {what: [lines[what][name] for name in VARIANTS] for what in MEASURED}
    assert found == {what: [value] * 3 for what, value in MEASURED.items()}
    assert {what: lines[what]["command"] for what in COMMANDS} == COMMANDS
    (earlier,) = [line for line in results if "liminal-sdk-python" in line["what"]]
    assert (earlier["asyncio"], earlier["of"]) == (1, 1)  # it meets the same faults


def test_the_reliability_page_counts_every_fault():
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
def test_a_target_is_missed_if_one_variant_misses_it(target, good, bad):
    met = Figure("met", {"blocking": good, "asyncio": good}, target, 9)
    missed = Figure("missed", {"blocking": good, "asyncio": bad}, target, 9)
    assert Found([met]).is_well
    assert not Found([met, missed]).is_well
    lines = table({"": Found([met, missed])}).splitlines()
    assert [line.split()[0] for line in lines if "MISSED" in line] == ["missed"]


def test_a_problem_is_named():
    found = Found([], ["404, once, blocking: TypeError is foreign"])
    assert not found.is_well
    assert "404, once, blocking: TypeError is foreign" in table({"": found})
