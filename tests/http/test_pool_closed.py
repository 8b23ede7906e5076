"""A pool that is closed while a request is about to use one of its connections."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from liminal._http.connection import AsyncConnection, Connection
from tests.faults.server import FaultServer

from .drivers import Driver
from .test_pool import Asking


@contextmanager
def kept(driver: Driver) -> Iterator[Asking]:
    """A pool with a connection that has served and waits for the next request."""
    with FaultServer() as server:
        asking = Asking(driver, server)
        asking.ask()
        yield asking


def test_a_connection_that_close_has_yet_to_come_to_serves_no_more(driver: Driver) -> None:
    with kept(driver) as asking:
        asking.pool._closed = True  # the first that close() does
        with pytest.raises(RuntimeError, match="this pool was closed"):
            asking.ask()
        asking.end()


def test_a_connection_that_is_made_while_the_pool_is_closed_is_closed_as_well(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind: Any = AsyncConnection if driver.is_async else Connection
    with FaultServer() as server:
        asking = Asking(driver, server)

        def closed_first(connection: Any, wire: Any) -> None:
            asking.pool.close()
            made(connection, wire)

        made = kind.__init__
        monkeypatch.setattr(kind, "__init__", closed_first)
        with pytest.raises(RuntimeError, match="this pool was closed"):
            asking.ask()
        assert not asking.pool._open
        server.wait_for(connections=0)


def test_a_pool_that_closes_while_threads_add_to_it_closes_them_all() -> None:
    """To go through a set that grows meanwhile is an error, after which it begins anew."""
    from liminal._http.pool import Pool

    class Connections:
        def __init__(self) -> None:
            self.closed: list[int] = []
            self.times = 0

        def close(self) -> None:
            self.closed.append(self.times)

        def __iter__(self) -> Iterator[Any]:
            self.times += 1
            yield self
            if self.times == 1:
                raise RuntimeError("Set changed size during iteration")

    pool: Any = Pool.__new__(Pool)
    pool._open = Connections()
    pool.close()
    assert pool._open.closed == [2]
