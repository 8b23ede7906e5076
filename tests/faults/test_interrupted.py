"""Ctrl-C at any moment of a blocking call: what it held comes back, and the next call is served.

CPython looks for signals at the start of each function, and when a call into C returns. Each test
interrupts at the starts, in our code and in h11's.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import h11
import pytest

import liminal
from liminal import SyncClient
from liminal._http.pool import MAX_CONNECTIONS
from liminal._http.sockets.deadlines import _current
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
    pool: Any = client._http.transport().pool  # type: ignore[union-attr]
    assert len(pool.places._free) >= MAX_CONNECTIONS
    assert not pool.places._waiting
    assert set(pool._open) == set(pool._idle._waiting)
    assert client.api.core.auth._flight is None
    assert not client.api.core.session.under_way
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
