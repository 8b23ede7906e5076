"""One session on several event loops, one after another or at once: one renewal for all of them."""

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from liminal import Client
from liminal._http.loops import AsyncWaiter, Loop
from liminal._session.renewal import AsyncRenewal
from liminal._session.shared import SharedSession
from liminal._session.state import SessionCookie
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests._sync.waiting import until
from tests.support.service import TOKEN_LOGIN, URL, Service
from tests.support.tasks import PATIENCE

from .caller import make_call, shared_session

RUNS: dict[str, Callable[[Callable[[], Awaitable[Any]]], Any]] = {
    name: partial(anyio.run, backend=name) for name in ("asyncio", "trio")
}
BACKENDS = pytest.mark.parametrize("backend", RUNS)
ELSEWHERE = pytest.mark.parametrize("elsewhere", RUNS)


def calls_of(client: Client, count: int = 4) -> Callable[[], Awaitable[None]]:
    async def calls() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(count):
                group.start_soon(client.thread.get_available)

    return calls


async def begun(session: SharedSession) -> AsyncRenewal:
    """Lead a renewal, or wait for the one under way; whoever leads does not end it."""
    renewal = AsyncRenewal(session, make_call(session))
    await renewal.begin(session.snapshot)
    return renewal


async def made(kind: type[Any]) -> Any:
    return kind()


@BACKENDS
def test_a_loop_runs_until_it_ends(backend):
    with start_blocking_portal(backend) as portal:
        loop = portal.call(made, Loop)
        assert loop.is_running
        waiter = portal.call(made, AsyncWaiter)
    assert (loop.is_running, loop.is_here) == (False, False)
    waiter.wake()  # passed over


def test_a_session_is_renewed_once_on_each_loop_that_it_is_used_on_in_turn(sandbox):
    client = Client(sandbox.url, auth=Token(sandbox.token))
    for logins, name in enumerate(("asyncio", "trio", "asyncio", "trio"), 1):
        RUNS[name](calls_of(client))
        RUNS[name](calls_of(client))
        assert sandbox.logins == logins
        sandbox.expire_sessions()


def in_eight_threads(work: Callable[[int], object]) -> None:
    start = threading.Barrier(8)

    def run(number: int) -> None:
        start.wait()
        work(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(8)))


@pytest.mark.parametrize("runners", [("asyncio",), ("trio",), ("asyncio", "trio")])
def test_loops_in_eight_threads_share_one_renewal(runners):
    with Sandbox(answer_delay=0.01) as sandbox:
        client = Client(sandbox.url, auth=Token(sandbox.token))
        for logins in (1, 2, 3):
            in_eight_threads(lambda n: RUNS[runners[n % len(runners)]](calls_of(client)))
            assert sandbox.logins == logins
            sandbox.expire_sessions()


# A renewal that waits on another loop


@ELSEWHERE
@BACKENDS
def test_a_waiting_call_goes_on_after_the_renewal_and_leads_if_its_loop_ends(backend, elsewhere):
    session = shared_session()
    with start_blocking_portal(elsewhere) as waiting:
        with start_blocking_portal(backend) as leading:
            leader = leading.call(begun, session)
            waiter = waiting.start_task_soon(begun, session)
            until(lambda: leader.queue._entries)
            session.adopt_login(SessionCookie("second"))
            leader.__exit__(None, None, None)
            assert waiter.result(PATIENCE)._leads is False
            leader = leading.call(begun, session)
            waiter = waiting.start_task_soon(begun, session)
            until(lambda: leader.queue._entries)
        waiter.result(PATIENCE)
        assert waiting.call(begun, session)._leads


@BACKENDS
def test_a_session_that_is_newer_already_needs_no_renewal(backend):
    session = shared_session()
    old = session.snapshot
    session.adopt_login(SessionCookie("second"))

    async def leads() -> bool:
        with AsyncRenewal(session, make_call(session)) as renewal:
            return await renewal.begin(old)

    assert RUNS[backend](leads) is False


@pytest.mark.parametrize("state", ["ended", "due"])
@ELSEWHERE
def test_a_renewal_left_by_its_loop_blocks_nobody(elsewhere, state):
    service = Service()
    client = Client(URL, auth=Token("t"), httpx_client=httpx.AsyncClient(transport=service))
    session: SharedSession = client.api.runner.session
    with start_blocking_portal("asyncio") as portal:
        left_behind = portal.call(begun, session)
    assert not left_behind.loop.is_running
    if state == "due":
        cookie = SessionCookie(service.cookie().partition("=")[2], lifetime=100.0)
        session.state.adopt(cookie, time.monotonic() - 95.0, sent_with=None)
    assert RUNS[elsewhere](client.thread.get_available) == []
    assert service.logins == 1


@pytest.mark.parametrize("ending", ["cancelled", "closed", "stopped"])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_loop_that_ends_in_the_middle_of_a_login_leaves_it_to_the_next(ending):
    service = Service()
    client = Client(URL, auth=Token("t"), httpx_client=httpx.AsyncClient(transport=service))
    loop = asyncio.new_event_loop()
    tasks: list[asyncio.Future[object]] = []

    async def begin() -> None:
        tasks.extend(asyncio.ensure_future(client.thread.get_available()) for _ in range(5))
        await asyncio.to_thread(until, lambda: service.waiting)
        if ending == "cancelled":
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    with service.holding(TOKEN_LOGIN):
        loop.run_until_complete(begin())
        if ending == "closed":
            loop.close()
    assert anyio.run(client.thread.get_available) == []
    assert service.logins == 2
    if ending == "stopped":
        assert loop.run_until_complete(asyncio.gather(*tasks)) == [[]] * 5
    loop.close()
    tasks.clear()
    gc.collect()
