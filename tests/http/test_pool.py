"""The pool: which connection serves, who waits for one, and when one is closed."""

import gc
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import Any

import anyio
import httpx
import pytest

from liminal._http import connection as _connection
from liminal._http import idle as _idle
from liminal._http import pool as _pool
from liminal._http.idle import Idle
from liminal._http.route import Route
from liminal._http.sockets.clock import PROGRESS, Clock
from liminal._http.sockets.semaphore import Semaphore
from tests.faults.server import FaultServer
from tests.faults.steps import closed_after_answer, silence
from tests.support.tasks import PATIENCE

from .drivers import TIMEOUTS, Driver

PATH = "/api/v1/threads"
THREADS = pytest.mark.parametrize("driver", ["threads"], indirect=True)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as found:
        yield found


class Request:
    """What the pool is told of a request, and tells."""

    def __init__(self, *, repeatable: bool) -> None:
        self.repeatable = repeatable
        self.sent = self.queues = False
        self.clock = Clock(call_seconds=None, try_seconds=None)


class Asking:
    """A pool's answers, with the connection held until ``done``."""

    def __init__(self, driver: Driver, server: FaultServer) -> None:
        self.driver = driver
        self.server = server
        self.pool = driver.pool(Route(host="127.0.0.1", port=server.port))

    def step(self, wait: float | None = 5.0, *, repeatable: bool = True) -> Any:
        """A step that sends a request."""
        extensions = {
            "timeout": {**TIMEOUTS, "pool": wait},
            PROGRESS: Request(repeatable=repeatable),
        }
        return partial(
            self.pool.send, httpx.Request("GET", self.server.url + PATH, extensions=extensions)
        )

    def begin(self, wait: float | None = 5.0, *, repeatable: bool = True) -> Any:
        return self.driver.run(self.step(wait, repeatable=repeatable)).stream

    def done(self, body: Any) -> None:
        assert self.driver.read(body)
        self.driver.close(body)

    def ask(self, *, repeatable: bool = True) -> None:
        self.done(self.begin(repeatable=repeatable))

    def end(self) -> None:
        self.driver.close(self.pool)

    @property
    def used(self) -> list[int]:
        """Which connection of the server each request came by."""
        return [call.connection for call in self.server.calls]


@pytest.fixture
def asking(driver: Driver, server: FaultServer) -> Iterator[Asking]:
    found = Asking(driver, server)
    yield found
    found.end()


# ---- which connection serves


def test_one_connection_serves_requests_one_after_another(asking: Asking) -> None:
    for _ in range(3):
        asking.ask()
    assert asking.used == [0, 0, 0]


def test_the_connection_that_was_used_last_serves_next(asking: Asking) -> None:
    first, second = asking.begin(), asking.begin()
    asking.done(second)
    asking.done(first)
    asking.ask()
    assert asking.used == [0, 1, 0]


def test_connections_that_idle_too_long_are_closed_by_the_next_request(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = asking.begin(), asking.begin()
    asking.done(first)
    asking.done(second)
    monkeypatch.setattr(_idle, "KEEPALIVE_SECONDS", -1)
    asking.ask()
    asking.server.wait_for(connections=0)
    assert not asking.pool._open


def test_what_must_not_be_sent_twice_is_sent_on_a_fresh_connection(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking.ask(repeatable=False)
    asking.ask(repeatable=False)
    monkeypatch.setattr(_pool, "FRESH_SECONDS", 0.05)
    time.sleep(0.06)
    asking.ask(repeatable=False)
    asking.ask(repeatable=False)
    assert asking.used == [0, 0, 1, 1]


def test_what_may_be_sent_twice_is_sent_on_a_connection_that_has_waited(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pool, "FRESH_SECONDS", -1)
    asking.ask()
    asking.ask()
    assert asking.used == [0, 0]


def test_a_connection_that_the_server_closed_is_not_used(driver: Driver) -> None:
    with FaultServer(closed_after_answer) as server:
        asking = Asking(driver, server)
        asking.ask()
        server.wait_for(connections=0)
        asking.ask()
        assert asking.used == [0, 1]
        asking.end()


def test_a_connection_whose_answer_was_not_read_is_closed(asking: Asking) -> None:
    body = asking.begin()
    asking.driver.close(body)
    asking.driver.close(body)  # once is enough, twice does no harm
    asking.server.wait_for(connections=0)
    with pytest.raises(httpx.ReadError, match="before its end"):
        asking.driver.read(body)


def test_an_answer_that_was_read_stays_at_its_end(asking: Asking) -> None:
    body = asking.begin()
    asking.done(body)
    assert asking.driver.read(body) == b""


# ---- who waits


@pytest.fixture
def _one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pool, "MAX_CONNECTIONS", 1)


@pytest.mark.usefixtures("_one")
def test_requests_beyond_the_maximum_take_turns_as_they_came(asking: Asking) -> None:
    order: list[int] = []
    first, steps = asking.begin(), []

    async def in_task(number: int) -> None:
        body = (await asking.step()()).stream
        order.append(number)
        assert [part async for part in body]
        body.close()

    def in_thread(number: int) -> None:
        body = asking.step()().stream
        order.append(number)
        assert list(body)
        body.close()

    for number in range(5):
        steps.append(asking.driver.start(in_task if asking.driver.is_async else in_thread, number))
        time.sleep(0.02)
    asking.done(first)
    for step in steps:
        step.result(PATIENCE)
    assert order == [0, 1, 2, 3, 4]
    assert asking.server.accepted == 1


@pytest.mark.usefixtures("_one")
def test_who_waits_longer_than_it_may_is_told_so(asking: Asking) -> None:
    first = asking.begin()
    with pytest.raises(httpx.PoolTimeout, match="all 256 connections are in use"):
        asking.begin(0.01)
    asking.done(first)
    asking.ask()  # nobody stands in the queue any more


@pytest.mark.anyio
async def test_a_cancelled_request_leaves_its_place_to_the_next(
    monkeypatch: pytest.MonkeyPatch, anyio_backend_name: str
) -> None:
    monkeypatch.setattr(_pool, "MAX_CONNECTIONS", 1)
    extensions = {"timeout": TIMEOUTS, PROGRESS: Request(repeatable=True)}
    with FaultServer(silence) as silent:
        pool = _pool.AsyncPool(Route(host="127.0.0.1", port=silent.port))
        request = httpx.Request("GET", silent.url + PATH, extensions=extensions)
        for _ in range(2):
            with anyio.move_on_after(0.05):
                await pool.send(request)
            silent.wait_for(connections=0)
        assert silent.accepted == 2
        with anyio.CancelScope() as scope:
            scope.cancel()
            await pool.send(request)
        assert len(silent.calls) == 2
        pool.close()


@THREADS
@pytest.mark.usefixtures("_one")
def test_an_interrupted_request_leaves_the_queue(asking: Asking) -> None:
    first = asking.begin()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            asking.step()()
    finally:
        signal.signal(signal.SIGALRM, before)
    asking.done(first)
    asking.ask()


def free(places: Semaphore) -> int:
    return len(places._free)


def test_who_is_interrupted_before_it_waits_leaves_the_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places, first, second = Semaphore(1), [], []
    assert places.take(first, None)

    def interrupt(_: Semaphore) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Semaphore, "_hand_out", interrupt)
        with pytest.raises(KeyboardInterrupt):
            places.take(second, None)
    places.give_back(first)
    assert places.take(second, 0)


def test_a_place_that_came_with_the_interruption_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places, first, second = Semaphore(1), [], []
    assert places.take(first, None)

    def given_and_interrupted(_bell: Any, _seconds: float | None) -> bool:
        places.give_back(first)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("liminal._http.sockets.semaphore.wait_for", given_and_interrupted)
        with pytest.raises(KeyboardInterrupt):
            places.take(second, 1.0)
    assert second == [None]
    places.give_back(second)
    assert free(places) == 1


def test_a_thread_that_was_interrupted_while_it_left_the_queue_keeps_nobody_waiting() -> None:
    import weakref

    class Gone:
        pass

    places: Any = Semaphore(1)
    places._waiting.append(weakref.ref(Gone()))
    assert places.take([], 0)
    assert not places._waiting


def test_a_place_whose_next_has_just_gone_is_kept_for_another() -> None:
    places: Any = Semaphore(1)
    gone = type("Gone", (), {"holder": []})()

    class Leaving(deque[Any]):
        """Somebody waits, until it is their turn."""

        def remove(self, value: Any) -> None:
            super().remove(value)
            super().remove(value)

    places._waiting = Leaving([lambda: gone])
    places._hand_out()
    assert free(places) == 1
    assert gone.holder == []


def test_a_queue_that_empties_meanwhile_is_left_alone() -> None:
    class Emptied(deque[Any]):
        def __bool__(self) -> bool:
            return True

    places: Any = Semaphore(1)
    places._waiting = Emptied()
    places._hand_out()
    assert free(places) == 1


def test_a_connection_that_waits_behind_one_just_taken_waits_on() -> None:
    class Waiting:
        def __init__(self, since: float) -> None:
            self.since = since

    class Taken(deque[Any]):
        """Another thread takes the one that was looked at."""

        def __getitem__(self, index: Any) -> Any:
            found = super().__getitem__(index)
            self.remove(found)
            return found

    now = time.monotonic()
    old, new = Waiting(now - 60), Waiting(now)
    idle: Any = Idle()
    idle._waiting = Taken([old, new])
    held: list[Any] = []
    assert not idle.expired(held)
    assert list(idle._waiting) == [new]
    idle._waiting = Taken([old, new])
    assert not idle.newest(held, 1.0)
    assert list(idle._waiting) == [old]
    idle._waiting = Taken([new])
    assert not idle.newest(held, 1.0)
    idle._waiting = Taken([old])
    assert not idle.expired(held)
    assert held == []


def test_threads_that_take_turns_lose_no_place_and_share_none() -> None:
    places, inside, most = Semaphore(3), list[None](), list[int]()

    def work() -> None:
        for number in range(300):
            holder: list[None] = []
            if not places.take(holder, 0.0 if number % 7 == 0 else 5.0):
                continue
            inside.append(None)
            most.append(len(inside))
            inside.pop()
            places.give_back(holder)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert free(places) == 3
    assert not places._waiting
    assert max(most) <= 4  # one may be handed on at the moment that its thread gives up


# ---- what nobody holds any more


@THREADS
def test_an_answer_that_is_lost_gives_its_connection_back(asking: Asking) -> None:
    asking.step()()
    gc.collect()
    asking.server.wait_for(connections=0)
    assert free(asking.pool.places) == _pool.MAX_CONNECTIONS


@THREADS
def test_what_is_collected_in_the_midst_of_a_step_comes_back_as_well(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The garbage collector may run anywhere, and finalizers with it."""
    lost = [asking.begin(), asking.begin()]
    newest = asking.pool._idle.newest

    def collecting(*args: Any) -> Any:
        if lost:
            lost.pop().close()
        return newest(*args)

    monkeypatch.setattr(asking.pool._idle, "newest", collecting)
    asking.driver.start(asking.ask).result(PATIENCE)
    assert len(asking.server.calls) == 3
    assert free(asking.pool.places) == _pool.MAX_CONNECTIONS - len(lost)


def test_what_is_left_at_the_interpreter_s_exit_goes_without_a_word(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python sets the names in modules to None before the last objects are collected."""
    body = asking.begin()
    (connection,) = body.held
    with monkeypatch.context() as exiting:
        for module in (_pool, _connection, sys.modules[type(connection.wire).__module__]):
            for name in vars(module):
                if not name.startswith("__"):
                    exiting.setattr(module, name, None)
        connection.__del__()
        if not asking.driver.is_async:
            body.__del__()
    asking.driver.close(body)


# ---- the end


def test_to_close_ends_requests_under_way_and_refuses_more(asking: Asking) -> None:
    body = asking.begin()
    asking.end()
    asking.server.wait_for(connections=0)
    asking.driver.close(body)
    with pytest.raises(RuntimeError, match="closed"):
        asking.begin()
