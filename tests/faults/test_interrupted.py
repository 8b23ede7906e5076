"""Ctrl-C at any moment of a blocking call: what it held comes back, and the next call is served.

CPython looks for signals at the start of each function, and when a call into C returns. Each test
interrupts at the starts, in our code and in h11's.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import h11
import pytest
from hypothesis import settings

import liminal
from liminal import SyncClient
from liminal._http.pool import MAX_CONNECTIONS
from liminal._http.sockets.clock import Clock
from liminal._http.sockets.deadlines import _current
from liminal._session.renewal import Renewal
from liminal.auth import Token

from .operations import OPERATIONS
from .server import Exchange, FaultServer
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


def all_came_back(client: SyncClient) -> None:
    forever = Clock(call_seconds=None, try_seconds=None)
    pool: Any = client._http.transport(forever).pool  # type: ignore[union-attr]
    assert len(pool.places._free) >= MAX_CONNECTIONS
    assert not pool.places._waiting
    assert set(pool._open) == set(pool._idle._waiting)
    assert not client._http._clocks
    assert Renewal.current(client.api.runner.session) is None
    assert _current.limit is None


# What is raised in a finalizer, of a generator say, Python prints and forgets.
UNTOLD = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@UNTOLD
@pytest.mark.parametrize("operation", ["list_threads", "submit_prompt", "stream"])
def test_ctrl_c_in_a_call_keeps_nothing(operation: str) -> None:
    with FaultServer() as server, SyncClient(server.url, auth=Token(TOKEN)) as client:
        step, n = OPERATIONS[operation](client), 1
        step()
        while interrupted(step, n):
            all_came_back(client)
            step()
            n += 1
        assert n > 50


@UNTOLD
def test_ctrl_c_in_a_renewal_leaves_it_to_the_next_call() -> None:
    refused: list[None] = []

    def refuse_once(exchange: Exchange) -> None:
        if refused:
            refused.clear()
            exchange.answer(401, {})
        else:
            exchange.good()

    with FaultServer(refuse_once) as server, SyncClient(server.url, auth=Token(TOKEN)) as client:
        step, n, goes_on = OPERATIONS["list_threads"](client), 1, True
        step()
        while goes_on:
            refused.append(None)
            goes_on = interrupted(step, n)
            all_came_back(client)
            step()
            n += 1
        assert n > 100


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """SIGALRM is Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    yield
    signal.signal(signal.SIGALRM, before)


@UNTOLD
@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_between_any_two_bytecodes_keeps_nothing() -> None:
    """By a timer: the nightly profile makes 10,000 tries, at moments spread over a whole call."""
    tries = 10 * settings().max_examples
    with FaultServer() as server, SyncClient(server.url, auth=Token(TOKEN)) as client:
        step = OPERATIONS["submit_prompt"](client)
        begun = time.perf_counter()
        for _ in range(20):
            step()
        length, interruptions = (time.perf_counter() - begun) / 20, 0
        for number in range(tries):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-6 + 1.2 * length * number / tries)
                step()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interruptions += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            all_came_back(client)
        step()
        assert interruptions > tries / 10
