"""Event loops as seen from outside, and a renewal on one of them that tasks of another wait for."""

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from liminal._http.loops import Loop, Waiter
from liminal._session.renewal import AsyncFlight

BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


def made_on_another_loop(backend: str, make: Callable[[], Any], use: Callable[[Any], Any]) -> Any:
    """Make it on a loop in another thread, and use it here while that runs."""
    with start_blocking_portal(backend) as portal:
        return use(portal.call(_awaited(make)))


def _awaited(make: Callable[[], Any]) -> Callable[[], Any]:
    async def made() -> Any:
        return make()

    return made


@BACKENDS
def test_a_loop_runs_until_it_ends(backend: str) -> None:
    loops: list[Loop] = []
    running = made_on_another_loop(
        backend, Loop, lambda loop: (loops.append(loop), loop.is_running)[1]
    )

    assert running
    assert not loops[0].is_running
    assert not loops[0].is_here


def test_a_loop_is_the_same_however_often_it_is_asked_for() -> None:
    async def two() -> tuple[Loop, Loop]:
        return Loop(), Loop()

    one, same = asyncio.run(two())
    other = asyncio.run(_awaited(Loop)())
    assert (one == same, hash(one) == hash(same), one == other) == (True, True, False)


@BACKENDS
def test_a_waiter_of_a_loop_that_has_ended_is_passed_over(backend: str) -> None:
    waiter = anyio.run(_awaited(Waiter), backend=backend)
    waiter.wake()


@pytest.mark.parametrize("here", ["asyncio", "trio"])
@BACKENDS
def test_who_waits_goes_on_when_the_loop_of_a_renewal_ends_in_the_middle(
    backend: str, here: str
) -> None:
    with start_blocking_portal(here) as waiting:
        with start_blocking_portal(backend) as leading:
            flight = leading.call(_awaited(AsyncFlight))

            async def wait() -> bool:
                await flight.wait(flight.join())
                return bool(flight.is_abandoned)

            outcome = waiting.start_task_soon(wait)
        assert outcome.result(timeout=30)


@pytest.mark.parametrize("here", ["asyncio", "trio"])
@BACKENDS
def test_who_waits_goes_on_when_a_renewal_has_landed(backend: str, here: str) -> None:
    with start_blocking_portal(here) as waiting, start_blocking_portal(backend) as leading:
        flight = leading.call(_awaited(AsyncFlight))
        waiter = waiting.call(_awaited(flight.join))
        outcome = waiting.start_task_soon(flight.wait, waiter)
        leading.call(_awaited(flight.land))
        assert outcome.result(timeout=30) is None
        assert not flight.is_abandoned
