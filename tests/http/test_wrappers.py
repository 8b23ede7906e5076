"""Wrappers of httpx's transports that give no answer, or one whose bytes are gone."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from liminal import Client, SyncClient
from liminal.auth import SessionId
from liminal.errors import LiminalError
from tests.faults.server import FaultServer

BLOCKING, ASYNC = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request


def blocking(url: str) -> None:
    with SyncClient(url, auth=SessionId("a-session")) as client:
        client.thread.get_available()


def in_tasks(url: str) -> None:
    async def call() -> None:
        async with Client(url, auth=SessionId("a-session")) as client:
            await client.thread.get_available()

    asyncio.run(call())


def consume(response: httpx.Response) -> httpx.Response:
    stream: Any = response.stream
    for _ in stream:
        pass
    return response


async def consume_in_tasks(response: httpx.Response) -> httpx.Response:
    stream: Any = response.stream
    async for _ in stream:
        pass
    return response


def lose(_: httpx.Response) -> None:
    """Forget to return the answer."""


async def lose_in_tasks(_: httpx.Response) -> None:
    """Forget to return the answer."""


@pytest.mark.parametrize("call", [blocking, in_tasks])
@pytest.mark.parametrize(
    ("wrapper", "async_wrapper", "message"),
    [
        (lose, lose_in_tasks, "must return an httpx.Response"),
        (consume, consume_in_tasks, "took the answer's bytes away"),
    ],
)
def test_a_wrapper_that_loses_an_answer_is_named(
    call: Callable[[str], None],
    wrapper: Any,
    async_wrapper: Any,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wrapped(transport: httpx.HTTPTransport, request: httpx.Request) -> Any:
        return wrapper(BLOCKING(transport, request))

    async def wrapped_async(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> Any:
        return await async_wrapper(await ASYNC(transport, request))

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", wrapped)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", wrapped_async)
    with FaultServer() as server:
        with pytest.raises(LiminalError, match=message):
            call(server.url)
        server.wait_for(connections=0)
