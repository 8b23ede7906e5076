"""A run that is interrupted or killed leaves originals or complete results, and continues."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from liminal.sandbox import Sandbox

from .conftest import Command

FILES = 12
ROWS = 10
BEFORE = "".join(f"Ada Lovelace {{}},{row}\n" for row in range(ROWS))
CONCURRENCY = 4


@pytest.fixture(autouse=True)
def data(sandbox: Sandbox) -> None:
    Path("data").mkdir()
    for number in range(FILES):
        Path(f"data/{number:02}.csv").write_text(BEFORE.replace("{}", str(number)))


def after(number: int) -> str:
    return BEFORE.replace("{}", str(number)).replace("Ada Lovelace", "PERSON_0")


def begin(*arguments: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "liminal.cli", "bulk", "data", *arguments]
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [*program, "--columns", "1", "--concurrency", str(CONCURRENCY)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'generated'}"},
    )


@pytest.mark.parametrize(
    ("how", "where"), [(signal.SIGKILL, "--in-place"), (signal.SIGINT, "--to=out")]
)
def test_a_stopped_run_continues_where_it_stopped(
    *,
    bulk: Command,
    sandbox: Sandbox,
    sent: Callable[[], list[str]],
    capfd: pytest.CaptureFixture[str],
    how: signal.Signals,
    where: str,
) -> None:
    sandbox.answer_delay = 0.005
    process = begin(where)
    ends = time.monotonic() + 60
    while len(sent()) < FILES * ROWS // 2 and time.monotonic() < ends:
        time.sleep(0.005)
    if how == signal.SIGINT:
        sandbox.answer_delay = 5.0  # calls are running
        time.sleep(0.05)
    begun = time.monotonic()
    process.send_signal(how)
    _, told = process.communicate(timeout=30)
    if how == signal.SIGINT:
        assert time.monotonic() - begun < 1.5  # a second, plus the delay of a busy machine
        assert process.returncode == 130
        assert told == "The run has stopped. Continue it with --resume.\n"
    sandbox.answer_delay = 0.0
    whole = state(where)
    assert 0 < whole < FILES
    assert bulk("data", where, "--columns", "1", "--resume") == 0
    told = capfd.readouterr().err
    # A file is recorded just before it is put in place.
    assert any(f"Files done: {whole + more}." in told for more in (0, 1))
    assert state(where) == FILES
    counts = Counter(sent())
    assert len(counts) == FILES  # the rows of a file are equal
    again = sum(counts.values()) - FILES * ROWS
    assert 0 <= again <= CONCURRENCY


def state(where: str) -> int:
    """Return the number of complete results. All other files must be originals or missing."""
    folder = Path("data" if where == "--in-place" else "out/data")
    done = 0
    for number in range(FILES):
        file = folder / f"{number:02}.csv"
        content = file.read_text() if file.exists() else None
        done += content == after(number)
        if content != after(number):
            assert content == (BEFORE.replace("{}", str(number)) if where == "--in-place" else None)
        backup = file.with_name(f"{file.name}.bak")
        if backup.exists():
            assert backup.read_text() == BEFORE.replace("{}", str(number))
    return done
