"""A run that is killed or interrupted at any moment continues where it stopped."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from liminal import SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox

ITEMS = 120
CONCURRENCY = 4
# A kill takes a second, most of it the start of a process. For fifty:
# BULK_KILLS=50 ./scripts/test --timeout=0 tests/bulk/test_killed.py
KILLS = int(os.environ.get("BULK_KILLS", "3"))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(keep_requests=100_000) as sandbox:
        yield sandbox


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


def begin(sandbox: Sandbox, journal: Path, operation: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "tests.bulk.killed", sandbox.url, sandbox.token]
    process = subprocess.Popen(
        [*program, str(journal), operation, str(ITEMS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "begun\n"
    return process


def sent(sandbox: Sandbox, operation: str) -> Counter[str]:
    path = f"/api/v1/prompts/{operation}"
    return Counter(one.body["text"] for one in sandbox.requests if one.path == path)


def until_sent(sandbox: Sandbox, operation: str, count: int) -> None:
    ends = time.monotonic() + 30
    while sent(sandbox, operation).total() < count:
        assert time.monotonic() < ends
        time.sleep(0.001)


@pytest.mark.parametrize("operation", ["cleanse", "submit"])
def test_a_killed_run_continues_where_it_stopped(
    sandbox: Sandbox, journal: Path, operation: str
) -> None:
    """Each item has one result; only running calls are sent again, and a submit never is."""
    sandbox.answer_delay = 0.005
    for number in range(KILLS):
        process = begin(sandbox, journal, operation)
        until_sent(sandbox, operation, (number + 1) * ITEMS // (KILLS + 2))
        time.sleep(random.uniform(0, 0.02))
        process.kill()
        process.communicate()
    sandbox.answer_delay = 0
    texts = [f"Write to Ada Lovelace {number}" for number in range(ITEMS)]
    with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        results = list(getattr(client.bulk, operation)(1, texts, journal=journal))
    assert [result.index for result in results] == list(range(ITEMS))
    counts = sent(sandbox, operation)
    doubt = [result for result in results if result.error is not None]
    again = sum(count - 1 for count in counts.values())
    if operation == "submit":
        assert again == 0
        assert len(doubt) <= KILLS * CONCURRENCY
        assert len(counts) + len(doubt) >= ITEMS
        assert all(getattr(result.error, "may_have_been_processed", False) for result in doubt)
    else:
        assert doubt == []
        assert len(counts) == ITEMS
        assert again <= KILLS * CONCURRENCY


def test_a_run_ends_within_a_second_of_ctrl_c_and_can_be_continued(
    sandbox: Sandbox, journal: Path
) -> None:
    sandbox.answer_delay = 5.0
    process = begin(sandbox, journal, "cleanse")
    until_sent(sandbox, "cleanse", 1)  # it will be answered in five seconds
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert time.monotonic() - begun < 1.5
    assert "KeyboardInterrupt" in errors
    sandbox.answer_delay = 0
    process = begin(sandbox, journal, "cleanse")
    output, _ = process.communicate(timeout=60)
    assert output.split("\n")[:-1] == [f"{number} NoneType" for number in range(ITEMS)]
