"""A pool that is closed while a request is about to use one of its connections."""

from typing import Any

import httpcore
import pytest

from liminal._http.pool import AsyncPool, Pool

OPTIONS: Any = {"headers": {"Host": "x"}, "extensions": {"timeout": {"pool": 1.0}}}
URL = "http://127.0.0.1:1/"
ANSWER = [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"] * 2


def kept() -> Pool:
    """A pool with a connection that has served and waits for the next request."""
    pool = Pool(httpcore.ConnectionPool(network_backend=httpcore.MockBackend(ANSWER)))
    response = pool.handle_request(httpcore.Request("GET", URL, **OPTIONS))
    response.read()
    response.close()
    return pool


async def kept_in_tasks() -> AsyncPool:
    """The same for tasks."""
    maker = httpcore.AsyncConnectionPool(network_backend=httpcore.AsyncMockBackend(ANSWER))
    pool = AsyncPool(maker)
    response = await pool.handle_async_request(httpcore.Request("GET", URL, **OPTIONS))
    await response.aread()
    await response.aclose()
    return pool


def test_the_request_is_told_that_the_pool_was_closed() -> None:
    pool = kept()
    (connection,) = pool._open
    connection.has_expired = lambda: bool(pool.close())  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="this pool was closed"):
        pool.handle_request(httpcore.Request("GET", URL, **OPTIONS))


@pytest.mark.anyio
async def test_so_it_is_in_tasks() -> None:
    pool = await kept_in_tasks()
    (connection,) = pool._open
    waiting: Any = connection.handle_async_request

    async def closed_first(request: httpcore.Request) -> httpcore.Response:
        await pool.aclose()
        return await waiting(request)  # type: ignore[no-any-return]

    connection.handle_async_request = closed_first  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="this pool was closed"):
        await pool.handle_async_request(httpcore.Request("GET", URL, **OPTIONS))


def test_a_connection_that_close_has_yet_to_come_to_serves_no_more() -> None:
    pool = kept()
    pool._closed = True  # the first that close() does
    with pytest.raises(RuntimeError, match="this pool was closed"):
        pool.handle_request(httpcore.Request("GET", URL, **OPTIONS))


@pytest.mark.anyio
async def test_nor_does_it_in_tasks() -> None:
    pool = await kept_in_tasks()
    pool._closed = True
    with pytest.raises(RuntimeError, match="this pool was closed"):
        await pool.handle_async_request(httpcore.Request("GET", URL, **OPTIONS))


def test_a_connection_that_is_made_while_the_pool_is_closed_is_closed_as_well() -> None:
    maker = httpcore.ConnectionPool(network_backend=httpcore.MockBackend(ANSWER))
    pool, create = Pool(maker), maker.create_connection

    def closed_first(origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        pool.close()
        return create(origin)

    maker.create_connection = closed_first  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="this pool was closed"):
        pool.handle_request(httpcore.Request("GET", URL, **OPTIONS))
    assert not pool._open
