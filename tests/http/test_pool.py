"""The pool: which connection serves a request, which request waits, and what is closed when."""

import gc
import sys
from typing import Any

import anyio
import httpx
import pytest
from anyio import to_thread

from liminal import SyncClient
from liminal._http import idle as _idle
from liminal._http import pool as _pool
from liminal._http.body import ResponseBody
from liminal._http.connection import AsyncConnection, Connection
from liminal._http.idle import Idle
from liminal._http.route import Route
from liminal.auth import SessionId
from liminal.errors import LiminalError
from tests.faults.server import FaultServer
from tests.faults.steps import silence
from tests.support.tasks import PATIENCE

from .drivers import TIMEOUTS, Asking, request_to

THREADS = pytest.mark.parametrize("driver", ["threads"], indirect=True)
ONE = pytest.mark.parametrize("most", [1])


@pytest.fixture
def most():
    return _pool.MAX_CONNECTIONS


@pytest.fixture
def asking(driver, most, monkeypatch):
    """A pool of so many connections to a healthy server."""
    monkeypatch.setattr(_pool, "MAX_CONNECTIONS", most)
    with FaultServer() as server:
        found = Asking(driver, server)
        yield found
        driver.close(found.pool)


# ---- which connection serves


def test_the_connection_that_was_used_last_serves_next(asking):
    first, second = asking.begin(), asking.begin()
    asking.done(second)
    asking.done(first)
    asking.ask()
    asking.ask()
    assert asking.used == [0, 1, 0, 0]


def test_connections_that_idle_too_long_are_closed_by_the_next_request(asking, monkeypatch):
    first, second = asking.begin(), asking.begin()
    asking.done(first)
    asking.done(second)
    monkeypatch.setattr(_idle, "KEEPALIVE_SECONDS", -1)
    asking.ask()
    asking.server.wait_for(connections=0)
    assert not asking.pool._open


@pytest.mark.parametrize(("repeatable", "used"), [(True, [0, 0, 0]), (False, [0, 0, 1])])
def test_what_must_not_be_sent_twice_is_sent_on_a_connection_that_served_just_now(
    asking, monkeypatch, repeatable, used
):
    asking.ask(repeatable=repeatable)
    asking.ask(repeatable=repeatable)
    monkeypatch.setattr(_pool, "FRESH_SECONDS", -1)
    asking.ask(repeatable=repeatable)
    assert asking.used == used


def test_a_connection_whose_answer_was_not_read_is_closed(asking):
    read, unread = asking.begin(), asking.begin()
    asking.done(read)
    asking.driver.close(unread)
    asking.driver.close(unread)  # once is enough, twice does no harm
    asking.server.wait_for(connections=1)
    assert asking.driver.read(read) == b""
    with pytest.raises(httpx.ReadError, match="before its end"):
        asking.driver.read(unread)


# ---- which request waits


@ONE
def test_requests_beyond_the_maximum_take_turns_as_they_came(asking):
    first = asking.begin()
    waiting = []
    for _ in range(5):
        waiting.append(asking.driver.start(asking.step()))
        asking.server.wait_until(lambda: asking.queued == len(waiting))
    asking.done(first)
    for number, step in enumerate(waiting):
        assert not any(other.done() for other in waiting[number + 1 :])
        asking.done(step.result(PATIENCE).stream)
    assert asking.server.accepted == 1


@ONE
def test_waiting_too_long_for_a_connection_is_a_pool_timeout(asking):
    first = asking.begin()
    with pytest.raises(httpx.PoolTimeout, match="all 256 connections are in use"):
        asking.begin(0.01)
    asking.done(first)
    asking.ask()  # nobody stands in the queue any more


async def test_a_cancelled_request_leaves_its_place_to_the_next(monkeypatch):
    monkeypatch.setattr(_pool, "MAX_CONNECTIONS", 1)
    with FaultServer(silence) as silent:
        pool = _pool.AsyncPool(Route(host="127.0.0.1", port=silent.port))
        for number in (1, 2):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(pool.send, request_to(silent, 5.0))
                await to_thread.run_sync(silent.wait_until, lambda n=number: len(silent.calls) == n)
                tasks.cancel_scope.cancel()
            silent.wait_for(connections=0)
        assert silent.accepted == 2
        with anyio.CancelScope() as scope:
            scope.cancel()
            await pool.send(request_to(silent, 5.0))
        assert len(silent.calls) == 2
        pool.close()


# ---- what nobody holds any more


@THREADS
@ONE
def test_an_answer_that_is_lost_gives_its_connection_and_its_place_back(asking):
    asking.step()()
    gc.collect()
    asking.server.wait_for(connections=0)
    body = _pool.Body(asking.pool, TIMEOUTS)
    assert asking.pool.places.take(body.place, 0)
    del body  # interrupted before it had a connection
    asking.ask()


@THREADS
def test_the_child_of_a_fork_leaves_an_answer_to_its_parent_and_closes_its_own_descriptor(
    asking, monkeypatch
):
    def in_child(step):
        with monkeypatch.context() as child:
            child.setattr("os.getpid", lambda: -1)
            step()

    body = asking.begin()
    in_child(body.__del__)
    asking.done(body)
    in_child(asking.begin().close)
    asking.server.wait_for(connections=0)
    asking.ask()
    assert asking.used == [0, 0, 1]


@THREADS
@pytest.mark.parametrize("most", [3])
def test_a_body_closed_by_the_collector_during_a_request_returns_its_connection(
    asking, monkeypatch
):
    """The garbage collector may run anywhere, and finalizers with it."""
    lost = [asking.begin(), asking.begin()]
    newest = Idle.newest

    def collecting(*args):
        if lost:
            lost.pop().close()
        return newest(*args)

    monkeypatch.setattr(Idle, "newest", collecting)
    asking.ask()
    held = [asking.begin(0.1) for _ in range(3)]
    assert not lost
    with pytest.raises(httpx.PoolTimeout):
        asking.begin(0.01)
    for body in held:
        asking.done(body)


def test_finalizers_are_silent_at_the_interpreter_s_exit(asking, monkeypatch):
    """Python sets the names in modules to None before the last objects are collected."""
    body = asking.begin()
    (connection,) = body.held
    with monkeypatch.context() as exiting:
        kinds = (type(body), ResponseBody, type(connection), type(connection.wire))
        for module in [sys.modules[kind.__module__] for kind in kinds]:
            for name in vars(module):
                if not name.startswith("__"):
                    exiting.setattr(module, name, None)
        connection.__del__()
        if not asking.driver.is_async:
            body.__del__()
    asking.driver.close(body)


# ---- the end


def test_closing_ends_requests_under_way_and_refuses_more(asking):
    body = asking.begin()
    asking.driver.close(asking.pool)
    asking.server.wait_for(connections=0)
    asking.driver.close(body)
    with pytest.raises(RuntimeError, match="this pool was closed"):
        asking.begin()


def test_a_connection_that_close_has_not_reached_yet_serves_no_more_requests(asking):
    asking.ask()
    asking.pool._closed = True  # the first that close() does
    with pytest.raises(RuntimeError, match="this pool was closed"):
        asking.ask()


def test_a_connection_that_is_made_while_the_pool_is_closed_is_closed_as_well(asking, monkeypatch):
    kind: Any = AsyncConnection if asking.driver.is_async else Connection
    made = kind.__init__

    def closed_first(connection, wire):
        asking.pool.close()
        made(connection, wire)

    monkeypatch.setattr(kind, "__init__", closed_first)
    with pytest.raises(RuntimeError, match="this pool was closed"):
        asking.ask()
    assert not asking.pool._open
    asking.server.wait_for(connections=0)


def test_a_pool_that_is_made_while_another_thread_closes_the_client_is_closed(monkeypatch):
    def closed_first(pool, route):
        client.close()
        made(pool, route)

    made = _pool.Pool.__init__
    monkeypatch.setattr(_pool.Pool, "__init__", closed_first)
    client = SyncClient("http://127.0.0.1:9", auth=SessionId("s"))
    with pytest.raises(LiminalError, match="this client was closed"):
        client.thread.get_by_id(7)
    assert [pool._closed for pool in client._http._own] == [True]
