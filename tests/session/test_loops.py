"""Event loops as seen from outside, and a renewal on one of them that tasks of another wait for."""

import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from liminal._http.loops import AsyncWaiter, Loop
from liminal._session.renewal import AsyncRenewal
from liminal._session.shared import SharedSession
from liminal._session.state import Session, SessionCookie

from .driver import SERVER, make_call

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
    loop, was_running = made_on_another_loop(backend, Loop, lambda loop: (loop, loop.is_running))

    assert was_running
    assert not loop.is_running
    assert not loop.is_here


@BACKENDS
def test_a_waiter_of_a_loop_that_has_ended_is_passed_over(backend: str) -> None:
    waiter = anyio.run(_awaited(AsyncWaiter), backend=backend)
    waiter.wake()


@pytest.mark.parametrize("here", ["asyncio", "trio"])
@BACKENDS
def test_who_waits_leads_when_the_loop_of_a_renewal_ends_in_the_middle(
    backend: str, here: str
) -> None:
    session = SharedSession(Session("first"), SERVER, interactive=False)
    with start_blocking_portal(here) as waiting:
        with start_blocking_portal(backend) as leading:
            leader = leading.call(_begun, session)
            outcome = waiting.start_task_soon(_until_it_leads, session)
            _wait_until(lambda: bool(leader.queue._entries))
        outcome.result(timeout=30)


@pytest.mark.parametrize("here", ["asyncio", "trio"])
@BACKENDS
def test_who_waits_goes_on_when_a_renewal_has_ended(backend: str, here: str) -> None:
    session = SharedSession(Session("first"), SERVER, interactive=False)
    with start_blocking_portal(here) as waiting, start_blocking_portal(backend) as leading:
        leader = leading.call(_begun, session)
        outcome = waiting.start_task_soon(_begun, session)
        _wait_until(lambda: bool(leader.queue._entries))
        session.adopt_login(SessionCookie("second"))
        leader.__exit__(None, None, None)
        assert outcome.result(timeout=30)._leads is False


@BACKENDS
def test_a_session_that_is_newer_already_needs_no_renewal(backend: str) -> None:
    session = SharedSession(Session("first"), SERVER, interactive=False)
    old = session.snapshot
    session.adopt_login(SessionCookie("second"))

    async def leads() -> bool:
        with AsyncRenewal(session, make_call(session.state)) as renewal:
            return await renewal.begin(old)

    assert anyio.run(leads, backend=backend) is False


async def _begun(session: SharedSession) -> AsyncRenewal:
    renewal = AsyncRenewal(session, make_call(session.state))
    await renewal.begin(session.snapshot)
    return renewal


async def _until_it_leads(session: SharedSession) -> None:
    while not (await _begun(session))._leads:
        pass


def _wait_until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        time.sleep(0.001)
