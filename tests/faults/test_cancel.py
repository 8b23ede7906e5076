"""A call that is cancelled, wherever it stands, leaves nothing open and takes nothing with it.

Each test cancels at the first point where the call gives way to others, then at the second, and so
on until the call ends before the point is reached.
"""

import itertools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from anyio import to_thread

from liminal import Client
from liminal.auth import Token
from liminal.errors import LiminalError
from tests.support.tls import NO_TLS

from . import steps
from .cancelling import by_scope, by_task
from .operations import PROMPT
from .server import Exchange, FaultServer, Step, good, head, log_in
from .variants import TOKEN

pytestmark = pytest.mark.anyio

# A call that is over after fewer was none; one that goes on for longer does not end.
FEWEST, MOST = 3, 500


Way = Callable[[Coroutine[Any, Any, Any], int], Awaitable[bool]]
SCOPES: list[tuple[str, Way]] = [("asyncio", by_scope), ("trio", by_scope)]
WAYS: list[tuple[str, Way]] = [*SCOPES, ("asyncio", by_task)]


@pytest.fixture(params=WAYS, ids=lambda way: f"{way[0]}-{way[1].__name__}")
def way(request: pytest.FixtureRequest) -> tuple[str, Way]:
    """An event loop, and a way to cancel on it."""
    found: tuple[str, Way] = request.param
    return found


@pytest.fixture
def anyio_backend(way: tuple[str, Way]) -> str:
    return way[0]


@pytest.fixture
def cancelled(way: tuple[str, Way]) -> Way:
    return way[1]


async def read_all(client: Client) -> None:
    assert await client.prompt.stream(1, PROMPT).text() == "Dear Lovelace"


async def read_one(client: Client) -> None:
    async with client.prompt.stream(1, PROMPT) as stream:
        async for _chunk in stream:
            break


async def submit(client: Client) -> None:
    await client.prompt.submit(1, PROMPT)


def lingering(exchange: Exchange) -> None:
    """A stream whose last chunk is not the end of the body."""
    if not exchange.request.is_stream:
        exchange.good()
        return
    exchange.send(head(200, [("Content-Type", "application/x-ndjson"), ("Connection", "close")]))
    exchange.send(b'{"content":"Dear ","finishReason":null}\n')
    exchange.wait(0.01)
    exchange.send(b'{"content":"Lovelace","finishReason":"stop"}\n')
    exchange.wait(0.01)
    exchange.send(b"\n")
    exchange.close()


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


# name: what is cancelled, and what the server does meanwhile
CALLS: dict[str, tuple[Callable[[Client], Coroutine[Any, Any, None]], list[Step], list[Step]]] = {
    "a call": (submit, [good], [log_in]),
    "a slow answer": (submit, [dripping], [log_in]),
    "a call with a retry": (submit, [steps.BUSY, good], [log_in]),
    "a call with a renewal": (submit, [steps.status(401), good], [log_in]),
    "a login with a retry": (submit, [good], [steps.BUSY, log_in]),
    "an error": (lambda c: failing(submit(c)), [not_found], [log_in]),
    "a loss": (lambda c: failing(submit(c)), [steps.reset_after_headers, good], [log_in]),
    "a stream": (read_all, [good], [log_in]),
    "a stream with a renewal": (read_all, [steps.status(401), good], [log_in]),
    "a stream that lingers": (read_all, [lingering], [log_in]),
    "a stream that is left early": (read_one, [lingering], [log_in]),
}


async def failing(call: Awaitable[None]) -> None:
    """A call whose error is as good an end as another."""
    try:
        await call
    except LiminalError:
        return


@pytest.mark.parametrize("name", CALLS)
async def test_cancelled_anywhere_a_call_leaves_nothing_open(name: str, cancelled: Way) -> None:
    what, plan, logins = CALLS[name]
    for n in itertools.count(1):
        assert n < MOST
        with FaultServer(*plan, logins=logins) as server:
            async with Client(server.url, auth=Token(TOKEN)) as client:
                was_cancelled = await cancelled(what(client), n)
                assert len(server.calls) <= len(plan)
                await client.thread.get_available()
                await to_thread.run_sync(server.wait_for, 1)
            await to_thread.run_sync(server.wait_for, 0)
        if not was_cancelled:
            break
    assert n >= FEWEST


# When a task is cancelled by asyncio itself, httpcore's own pool loses places: so do all its users.
@pytest.mark.parametrize("way", SCOPES, ids=["asyncio", "trio"])
@pytest.mark.parametrize("name", CALLS)
async def test_cancelled_anywhere_a_call_over_a_user_s_pool_gives_its_place_back(
    name: str, cancelled: Way
) -> None:
    what, plan, logins = CALLS[name]
    limits = httpx.Limits(max_connections=1)
    for n in itertools.count(1):
        assert n < MOST
        with FaultServer(*plan, logins=logins) as server:
            async with httpx.AsyncClient(limits=limits, verify=NO_TLS, trust_env=False) as pool:
                client = Client(server.url, auth=Token(TOKEN), httpx_client=pool)
                was_cancelled = await cancelled(what(client), n)
                await client.with_options(timeout=5, max_retries=1).thread.get_available()
                await client.close()
            await to_thread.run_sync(server.wait_for, 0)
        if not was_cancelled:
            break
    assert n >= FEWEST


async def test_cancelled_anywhere_signing_in_leaves_nothing_open(
    cancelled: Way,
) -> None:
    async def sign_in() -> None:
        client = await Client.authenticate_from_token(server.url, TOKEN)
        await client.close()

    for n in itertools.count(1):
        with FaultServer() as server:
            was_cancelled = await cancelled(sign_in(), n)
            await to_thread.run_sync(server.wait_for, 0)
        if not was_cancelled:
            break
    assert n >= FEWEST


async def test_cancelled_anywhere_a_renewal_passes_to_the_next_who_needs_it(
    cancelled: Way,
) -> None:
    """Two calls meet an ended session; whoever renews it is cancelled, and the other gets by."""

    def step(exchange: Exchange) -> None:
        if exchange.request.session == "s1":
            exchange.answer(401, {})
        else:
            exchange.good()

    for n in itertools.count(1):
        assert n < MOST
        with FaultServer(step) as server:
            async with Client(server.url, auth=Token(TOKEN)) as client:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(submit, client)
                    was_cancelled = await cancelled(submit(client), n)
                assert len(server.logins) <= 4
            await to_thread.run_sync(server.wait_for, 0)
        if not was_cancelled:
            break
    assert n >= FEWEST


async def test_a_task_that_is_cancelled_in_a_tls_handshake_leaves_no_connection() -> None:
    with FaultServer() as server:  # which does not answer the handshake
        client = Client(f"https://127.0.0.1:{server.port}", auth=Token(TOKEN))
        with anyio.move_on_after(0.1):
            await client.thread.get_available()
        await to_thread.run_sync(server.wait_for, 0)
        assert server.accepted == 1
        await client.close()
