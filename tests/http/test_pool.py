"""The pool: which connection serves, who waits for one, and when one is closed."""

import asyncio
import gc
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import Any

import anyio
import httpcore
import pytest

from liminal._http import pool as pools
from liminal._http.asyncio_backend import AsyncioBackend
from liminal._http.pool import AsyncPool, Pool
from liminal._http.semaphore import Places
from tests.faults.server import FaultServer
from tests.faults.steps import closed_after_answer, silence

PATH = "/api/v1/threads"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as found:
        yield found


def request(server: FaultServer, wait: float | None = 5.0) -> httpcore.Request:
    timeout = {"pool": wait, "connect": 5.0, "read": 5.0, "write": 5.0}
    return httpcore.Request(
        "GET", server.url + PATH, headers={"Host": "x"}, extensions={"timeout": timeout}
    )


def connections_used(server: FaultServer) -> list[int]:
    return [call.connection for call in server.calls]


class Asking:
    """A pool's answers in tasks, with the connection held until ``done``."""

    def __init__(self) -> None:
        self.pool = AsyncPool(httpcore.AsyncConnectionPool())

    async def begin(self, server: FaultServer, wait: float | None = 5.0) -> httpcore.Response:
        return await self.pool.handle_async_request(request(server, wait))

    async def done(self, response: httpcore.Response) -> None:
        await response.aread()
        await response.aclose()

    async def ask(self, server: FaultServer) -> None:
        await self.done(await self.begin(server))


class AskingThreads:
    """The same in threads."""

    def __init__(self) -> None:
        self.pool = Pool(httpcore.ConnectionPool())

    def begin(self, server: FaultServer, wait: float | None = 5.0) -> httpcore.Response:
        return self.pool.handle_request(request(server, wait))

    def done(self, response: httpcore.Response) -> None:
        response.read()
        response.close()

    def ask(self, server: FaultServer) -> None:
        self.done(self.begin(server))


# ---- which connection serves


@pytest.mark.anyio
async def test_one_connection_serves_calls_one_after_another(server: FaultServer) -> None:
    asking = Asking()
    for _ in range(3):
        await asking.ask(server)
    assert connections_used(server) == [0, 0, 0]
    await asking.pool.aclose()


def test_in_threads_one_connection_serves_calls_one_after_another(server: FaultServer) -> None:
    asking = AskingThreads()
    for _ in range(3):
        asking.ask(server)
    assert connections_used(server) == [0, 0, 0]
    asking.pool.close()


@pytest.mark.anyio
async def test_the_connection_that_was_used_last_serves_next(server: FaultServer) -> None:
    asking = Asking()
    first, second = await asking.begin(server), await asking.begin(server)
    await asking.done(second)
    await asking.done(first)
    await asking.ask(server)
    assert connections_used(server) == [0, 1, 0]
    await asking.pool.aclose()


def test_in_threads_the_connection_that_was_used_last_serves_next(server: FaultServer) -> None:
    asking = AskingThreads()
    first, second = asking.begin(server), asking.begin(server)
    asking.done(second)
    asking.done(first)
    asking.ask(server)
    assert connections_used(server) == [0, 1, 0]
    asking.pool.close()


@pytest.mark.anyio
async def test_connections_that_idle_too_long_are_closed_by_the_next_call(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = Asking()
    first, second = await asking.begin(server), await asking.begin(server)
    await asking.done(first)
    await asking.done(second)
    monkeypatch.setattr(pools, "KEEPALIVE_SECONDS", -1)
    await asking.ask(server)
    server.wait_for(connections=0)
    assert not asking.pool._open


def test_in_threads_connections_that_idle_too_long_are_closed_by_the_next_call(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = AskingThreads()
    first, second = asking.begin(server), asking.begin(server)
    asking.done(first)
    asking.done(second)
    monkeypatch.setattr(pools, "KEEPALIVE_SECONDS", -1)
    asking.ask(server)
    server.wait_for(connections=0)
    assert not asking.pool._open


@pytest.mark.anyio
async def test_a_connection_that_the_server_closed_is_not_used() -> None:
    asking = Asking()
    with FaultServer(closed_after_answer) as server:
        await asking.ask(server)
        server.wait_for(connections=0)
        await asking.ask(server)
        assert connections_used(server) == [0, 1]
    await asking.pool.aclose()


def test_in_threads_a_connection_that_the_server_closed_is_not_used() -> None:
    asking = AskingThreads()
    with FaultServer(closed_after_answer) as server:
        asking.ask(server)
        server.wait_for(connections=0)
        asking.ask(server)
        assert connections_used(server) == [0, 1]
    asking.pool.close()


@pytest.mark.anyio
async def test_a_connection_whose_answer_was_not_read_is_closed(server: FaultServer) -> None:
    asking = Asking()
    response = await asking.begin(server)
    await response.aclose()
    await response.aclose()  # once is enough, twice does no harm
    server.wait_for(connections=0)


def test_in_threads_a_connection_whose_answer_was_not_read_is_closed(server: FaultServer) -> None:
    asking = AskingThreads()
    response = asking.begin(server)
    response.close()
    response.close()
    server.wait_for(connections=0)


# ---- who waits


@pytest.fixture
def _one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "MAX_CONNECTIONS", 1)


@pytest.mark.anyio
@pytest.mark.usefixtures("_one")
async def test_calls_beyond_the_maximum_take_turns_as_they_came(server: FaultServer) -> None:
    asking, order = Asking(), []

    async def wait(number: int) -> None:
        response = await asking.begin(server)
        order.append(number)
        await asking.done(response)

    first = await asking.begin(server)
    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(wait, number)
            await anyio.wait_all_tasks_blocked()
        await asking.done(first)
    assert order == [0, 1, 2, 3, 4]
    assert server.accepted == 1
    await asking.pool.aclose()


@pytest.mark.usefixtures("_one")
def test_in_threads_calls_beyond_the_maximum_take_turns_as_they_came(server: FaultServer) -> None:
    asking, order = AskingThreads(), []

    def wait(number: int) -> None:
        response = asking.begin(server)
        order.append(number)
        asking.done(response)

    first, threads = asking.begin(server), []
    for number in range(5):
        threads.append(threading.Thread(target=partial(wait, number), daemon=True))
        threads[-1].start()
        while len(asking.pool.places._waiting) <= number:
            pass
    asking.done(first)
    for thread in threads:
        thread.join(5)
    assert order == [0, 1, 2, 3, 4]
    assert server.accepted == 1
    asking.pool.close()


@pytest.mark.anyio
@pytest.mark.usefixtures("_one")
async def test_who_waits_longer_than_it_may_is_told_so(server: FaultServer) -> None:
    asking = Asking()
    first = await asking.begin(server)
    with pytest.raises(httpcore.PoolTimeout, match="all 256 connections are in use"):
        await asking.begin(server, 0.01)
    await asking.done(first)
    await asking.ask(server)  # nobody stands in the queue any more
    await asking.pool.aclose()


@pytest.mark.usefixtures("_one")
def test_in_threads_who_waits_longer_than_it_may_is_told_so(server: FaultServer) -> None:
    asking = AskingThreads()
    first = asking.begin(server)
    with pytest.raises(httpcore.PoolTimeout, match="all 256 connections are in use"):
        asking.begin(server, 0.01)
    asking.done(first)
    asking.ask(server)
    asking.pool.close()


@pytest.mark.anyio
@pytest.mark.usefixtures("_one")
async def test_a_cancelled_call_leaves_its_place_to_the_next() -> None:
    asking = Asking()
    with FaultServer(silence) as silent:
        with anyio.move_on_after(0.05):
            await asking.begin(silent)
        silent.wait_for(connections=0)
    with FaultServer() as server:
        await asking.ask(server)
    await asking.pool.aclose()


@pytest.mark.usefixtures("_one")
def test_an_interrupted_call_leaves_the_queue(server: FaultServer) -> None:
    asking = AskingThreads()
    first = asking.begin(server)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            asking.begin(server)
    finally:
        signal.signal(signal.SIGALRM, before)
    asking.done(first)
    asking.ask(server)
    asking.pool.close()


def test_who_is_interrupted_before_it_waits_leaves_the_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = Places(1)
    assert places.take(None)

    def interrupt(_: Places) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Places, "_hand_out", interrupt)
        with pytest.raises(KeyboardInterrupt):
            places.take(None)
    places.release()
    assert places.take(0)


def test_a_place_that_came_with_the_interruption_goes_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = Places(1)
    assert places.take(None)

    def given_and_interrupted(_bell: Any, _seconds: float | None) -> bool:
        places.release()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("liminal._http.semaphore.wait_for", given_and_interrupted)
        with pytest.raises(KeyboardInterrupt):
            places.take(1.0)
    assert places.take(0)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_was_cancelled_before_it_began_is_not_sent(server: FaultServer) -> None:
    asking = Asking()
    asking.pool = AsyncPool(httpcore.AsyncConnectionPool(network_backend=AsyncioBackend()))
    await asking.ask(server)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await asking.ask(server)
    await asking.ask(server)
    assert connections_used(server) == [0, 0]
    await asking.pool.aclose()


def test_a_place_whose_next_has_just_gone_is_kept_for_another() -> None:
    class Leaving(deque[Any]):
        """Somebody waits, until it is their turn."""

        def popleft(self) -> Any:
            self.clear()
            return super().popleft()

    places = Places(1)
    assert places.take(0)
    places._waiting = Leaving([object()])
    places.release()
    assert places.take(0)


def test_a_connection_that_waits_behind_one_just_taken_waits_on() -> None:
    class Taken(deque[Any]):
        """Another thread takes the oldest, once it was looked at."""

        def __getitem__(self, index: Any) -> Any:
            found = super().__getitem__(index)
            super().popleft()
            return found

    idle: pools._Idle[Any] = pools._Idle()
    idle._waiting = Taken([(0.0, "oldest"), (time.monotonic(), "next")])
    assert idle.expired() is None
    assert idle.newest() == "next"


# ---- what nobody holds any more


def test_an_answer_that_is_lost_gives_its_connection_back(server: FaultServer) -> None:
    asking = AskingThreads()
    response = asking.begin(server)
    del response
    gc.collect()
    server.wait_for(connections=0)
    assert len(asking.pool.places._free) == pools.MAX_CONNECTIONS


def test_what_is_collected_in_the_midst_of_a_step_comes_back_as_well(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The garbage collector may run anywhere, and finalizers with it."""
    asking = AskingThreads()
    lost = [asking.begin(server), asking.begin(server)]
    newest = asking.pool._idle.newest

    def collecting(*_: object) -> Any:
        if lost:
            lost.pop().close()
        return newest()

    monkeypatch.setattr(asking.pool._idle, "newest", collecting)
    asking_on = threading.Thread(target=asking.ask, args=[server], daemon=True)
    asking_on.start()
    asking_on.join(5)
    assert not asking_on.is_alive()
    assert len(server.calls) == 3
    assert len(asking.pool.places._free) == pools.MAX_CONNECTIONS - len(lost)
    asking.pool.close()


# ---- the end


@pytest.mark.anyio
async def test_to_close_ends_calls_under_way_and_refuses_more(server: FaultServer) -> None:
    asking = Asking()
    response = await asking.begin(server)
    await asking.pool.aclose()
    server.wait_for(connections=0)
    await response.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await asking.begin(server)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_to_close_is_done_even_when_it_is_cancelled(server: FaultServer) -> None:
    asking = Asking()
    responses = [await asking.begin(server) for _ in range(3)]
    closing = asyncio.create_task(asking.pool.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    server.wait_for(connections=0)
    for response in responses:
        await response.aclose()


def test_in_threads_to_close_ends_calls_under_way_and_refuses_more(server: FaultServer) -> None:
    asking = AskingThreads()
    response = asking.begin(server)
    asking.pool.close()
    server.wait_for(connections=0)
    response.close()
    with pytest.raises(RuntimeError, match="closed"):
        asking.begin(server)
