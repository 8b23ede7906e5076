"""Interrupts calls by a timer: ``python -m tests.faults.interrupting URL TRIES``.

Prints how many of the tries were interrupted; fails if one of them kept something.
"""

import signal
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from liminal import SyncClient
from liminal._http.pool import MAX_CONNECTIONS
from liminal._http.sockets.deadline import Deadline
from liminal._http.sockets.limits import _current
from liminal._session.renewal import Renewal
from liminal.auth import Token

from .operations import OPERATIONS
from .variants import TOKEN


def all_came_back(client: SyncClient) -> None:
    pool: Any = client._http.transport(Deadline(call_seconds=None, try_seconds=None))
    assert len(pool.places._free) >= MAX_CONNECTIONS
    assert not pool.places._waiting
    assert set(pool._open) == set(pool._idle._waiting)
    assert not client._http._deadlines
    assert Renewal.current(client.api.runner.session) is None
    assert _current.limit is None


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _seconds(step: Callable[[], object]) -> float:
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


def _is_interrupted(step: Callable[[], object], seconds: float) -> bool:
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        step()
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        return True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return False


def main(url: str, tries: int) -> int:
    """Make so many calls, each interrupted at another moment; return how many were."""
    signal.signal(signal.SIGALRM, _interrupt)
    # What is raised in a finalizer, of a generator say, Python prints and forgets.
    sys.unraisablehook = lambda _: None
    interruptions = 0
    with SyncClient(url, auth=Token(TOKEN)) as client:
        step = OPERATIONS["submit_prompt"](client)
        step()  # which signs in
        # Twice: after an interruption, the next call has to connect again.
        length = 2 * statistics.median(_seconds(step) for _ in range(20))
        for number in range(tries):
            begun = time.perf_counter()
            if _is_interrupted(step, 1e-6 + length * number / tries):
                interruptions += 1
            else:  # the machine may have become faster or slower meanwhile
                length = 2 * (time.perf_counter() - begun)
            all_came_back(client)
        step()
    return interruptions


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2])))  # noqa: T201 - it is what was asked for
