"""A call that is cancelled at any point leaves nothing open and breaks no other call.

Each test cancels at the first point where the call gives way to others, then at the second, and so
on until the call ends before the point is reached.
"""

import asyncio
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from anyio import to_thread

from liminal import Client
from liminal.auth import Token
from liminal.errors import LiminalError
from tests.support.tls import NO_TLS

from . import steps
from .operations import PROMPT
from .server import Exchange, FaultServer, Step, good, head, log_in
from .variants import TOKEN

Call = Coroutine[Any, Any, Any]
# Cancels a call when it gives way to others for the n-th time; returns whether it came to that.
Way = Callable[[int, Call], Awaitable[bool]]


@types.coroutine
def _cancelled_at(call: Call, n: int, cancel: Callable[[], object]) -> Generator[Any, Any, Any]:
    step: Callable[[], Any] = partial(call.send, None)
    while True:
        try:
            awaited = step()
        except StopIteration as stop:
            return stop.value
        n -= 1
        if n == 0:
            cancel()
        try:
            step = partial(call.send, (yield awaited))
        except BaseException as error:  # noqa: BLE001 - a cancellation, most of all
            step = partial(call.throw, error)


async def by_scope(n: int, call: Call) -> bool:
    """Cancel as anyio and trio do."""
    with anyio.CancelScope() as scope:
        await _cancelled_at(call, n, scope.cancel)
    return scope.cancelled_caught


async def by_task(n: int, call: Call) -> bool:
    """Cancel as asyncio does."""

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        await _cancelled_at(call, n, task.cancel)

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    return task.cancelled() or task.result() is not None


# A call that is over after fewer was none; one that goes on for longer does not end.
FEWEST, MOST = 3, 500
SCOPES: dict[str, tuple[str, Way]] = {"asyncio": ("asyncio", by_scope), "trio": ("trio", by_scope)}
WAYS = SCOPES | {"asyncio, by a task's cancel()": ("asyncio", by_task)}


@pytest.fixture(params=WAYS)
def way(request):
    """An event loop, and a way to cancel on it."""
    return WAYS[request.param]


@pytest.fixture
def anyio_backend(way):
    return way[0]


Use = Callable[[FaultServer, Callable[[Call], Awaitable[bool]]], Awaitable[bool]]


async def everywhere(
    way: tuple[str, Way], use: Use, plan: Iterable[Step] = (good,), logins: Iterable[Step] = ()
) -> None:
    """Cancel at the n-th point, for every n, until that is never reached."""
    for n in range(1, MOST):
        with FaultServer(*plan, logins=[*logins, log_in]) as server:
            was_cancelled = await use(server, partial(way[1], n))
            await to_thread.run_sync(server.wait_for, 0)
        if not was_cancelled:
            assert n >= FEWEST
            return
    pytest.fail("the call does not end")


async def read_all(client: Client) -> None:
    assert await client.prompt.stream(1, PROMPT).text() == "Dear Lovelace"


async def read_one(client: Client) -> None:
    async with client.prompt.stream(1, PROMPT) as stream:
        async for _chunk in stream:
            break


async def submit(client: Client) -> None:
    await client.prompt.submit(1, PROMPT)


async def fail(client: Client) -> None:
    with suppress(LiminalError):  # as good an end as another
        await submit(client)


def lingering(exchange: Exchange) -> None:
    """A stream whose last chunk is not the end of the body."""
    if not exchange.request.is_stream:
        return exchange.good()
    exchange.send(head(200, [("Content-Type", "application/x-ndjson"), ("Connection", "close")]))
    exchange.send(b'{"content":"Dear ","finishReason":null}\n')
    exchange.wait(0.01)
    exchange.send(b'{"content":"Lovelace","finishReason":"stop"}\n')
    exchange.wait(0.01)
    exchange.send(b"\n")
    return exchange.close()


def dripping(exchange: Exchange) -> None:
    """Slow enough that each part is waited for."""
    exchange.send(head(200, [("Connection", "close")]))
    body = exchange.whole()
    for start in range(0, len(body), 400):
        exchange.send(body[start : start + 400])
        exchange.wait(0.002)
    exchange.close()


def not_found(exchange: Exchange) -> None:
    if exchange.request.path.endswith("/submit"):
        exchange.answer(404, {})
    else:
        exchange.good()


# What is cancelled, and what the server does meanwhile to calls, and to logins at first.
CALLS: dict[str, tuple[Callable[[Client], Call], list[Step], list[Step]]] = {
    "a call": (submit, [good], []),
    "a slow answer": (submit, [dripping], []),
    "a call with a retry": (submit, [steps.BUSY, good], []),
    "a call with a renewal": (submit, [steps.status(401), good], []),
    "a login with a retry": (submit, [good], [steps.BUSY]),
    "an error": (fail, [not_found], []),
    "a loss": (fail, [steps.reset_after_headers, good], []),
    "a stream": (read_all, [good], []),
    "a stream with a renewal": (read_all, [steps.status(401), good], []),
    "a stream that lingers": (read_all, [lingering], []),
    "a stream that is left early": (read_one, [lingering], []),
}


@pytest.mark.parametrize("name", CALLS)
async def test_cancelled_anywhere_a_call_leaves_nothing_open(name, way):
    what, plan, logins = CALLS[name]

    async def use(server, cancelled):
        async with Client(server.url, auth=Token(TOKEN)) as client:
            was_cancelled: bool = await cancelled(what(client))
            assert len(server.calls) <= len(plan)
            await client.thread.get_available()
            await to_thread.run_sync(server.wait_for, 1)
        return was_cancelled

    await everywhere(way, use, plan, logins)


# When a task is cancelled by asyncio itself, httpcore's own pool loses places: so do all its users.
@pytest.mark.parametrize("way", SCOPES.values(), ids=SCOPES)
@pytest.mark.parametrize("name", CALLS)
async def test_cancelled_anywhere_a_call_over_a_user_s_pool_gives_its_place_back(name, way):
    what, plan, logins = CALLS[name]
    limits = httpx.Limits(max_connections=1)

    async def use(server, cancelled):
        async with (
            httpx.AsyncClient(limits=limits, verify=NO_TLS, trust_env=False) as pool,
            Client(server.url, auth=Token(TOKEN), httpx_client=pool) as client,
        ):
            was_cancelled: bool = await cancelled(what(client))
            await client.with_options(timeout=5, max_retries=1).thread.get_available()
        return was_cancelled

    await everywhere(way, use, plan, logins)


async def test_cancelled_anywhere_signing_in_leaves_nothing_open(way):
    async def use(server, cancelled):
        async def sign_in():
            client = await Client.authenticate_from_token(server.url, TOKEN)
            await client.close()

        was_cancelled: bool = await cancelled(sign_in())
        return was_cancelled

    await everywhere(way, use)


async def test_cancelled_anywhere_a_renewal_passes_to_the_next_call_that_needs_it(way):
    """Two calls meet an ended session; the one that renews it is cancelled, the other goes on."""

    def step(exchange):
        if exchange.request.session == "s1":
            exchange.answer(401, {})
        else:
            exchange.good()

    async def use(server, cancelled):
        async with Client(server.url, auth=Token(TOKEN)) as client:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(submit, client)
                was_cancelled: bool = await cancelled(submit(client))
            assert len(server.logins) <= 4
        return was_cancelled

    await everywhere(way, use, [step])


async def test_a_task_that_is_cancelled_in_a_tls_handshake_leaves_no_connection():
    with FaultServer() as server:  # which does not answer the handshake
        client = Client(f"https://127.0.0.1:{server.port}", auth=Token(TOKEN))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.thread.get_available)
            await to_thread.run_sync(server.wait_until, lambda: server.accepted)
            tasks.cancel_scope.cancel()
        await to_thread.run_sync(server.wait_for, 0)
        assert server.accepted == 1
        await client.close()
