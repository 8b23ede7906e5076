"""Ctrl-C at any moment of a blocking call: what it held comes back, and the next call is served.

CPython looks for signals at the start of each function, and when a call into C returns. Each test
interrupts at the starts, in our code and in h11's.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import h11
import pytest
from hypothesis import settings

import liminal
from liminal import SyncClient
from liminal.auth import Token
from scripts.codegen.derive import ROOT

from .interrupting import all_came_back
from .operations import OPERATIONS
from .server import FaultServer
from .variants import TOKEN

OURS = (str(Path(liminal.__file__).parent), str(Path(h11.__file__).parent))


def interrupted(step: Callable[[], Any], n: int) -> bool:
    """Take a step, with KeyboardInterrupt at the n-th start of a function; False past the last."""
    count = 0

    def trace(frame: FrameType, _event: str, _arg: Any) -> None:
        nonlocal count
        if frame.f_code.co_filename.startswith(OURS):
            count += 1
            if count == n:
                sys.settrace(None)
                raise KeyboardInterrupt

    before = sys.gettrace()
    try:
        sys.settrace(trace)
        step()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return count >= n


# What is raised in a finalizer, of a generator say, Python prints and forgets.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("operation", "is_renewed", "first"),
    [
        ("list_threads", False, 0),
        ("submit_prompt", False, 0),
        ("stream", False, 0),
        ("list_threads", True, 200),  # up to the 401 it is a call like any other
    ],
)
def test_ctrl_c_at_any_function_start_leaks_nothing(operation, is_renewed, first):
    refused: list[None] = []

    def refuse_once(exchange):
        if refused:
            refused.clear()
            exchange.answer(401, {})
        else:
            exchange.good()

    with FaultServer(refuse_once) as server, SyncClient(server.url, auth=Token(TOKEN)) as client:
        step, n, goes_on = OPERATIONS[operation](client), first, True
        step()
        while goes_on:
            n += 1
            refused.extend([None] * is_renewed)
            goes_on = interrupted(step, n)
            all_came_back(client)
            step()
    assert n > first + 100


def test_ctrl_c_at_any_moment_leaks_nothing():
    """By a timer: the nightly profile makes 10,000 tries, at moments spread over a whole call.

    In a process of its own: an interrupt in the middle of what measures coverage, or of pytest's
    own timeout, would be theirs.
    """
    tries = 10 * settings().max_examples
    with FaultServer() as server:
        command = [sys.executable, "-m", "tests.faults.interrupting", server.url, str(tries)]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=100 + tries / 50, check=False
        )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > tries / 10
