"""What only a run in tasks has: asynchronous inputs, and cancellation."""
# derive: async-only

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from liminal import Client, LiminalError
from liminal.bulk import AsyncBulkResults

from .waiting import until


async def texts(count: int = 20) -> AsyncIterator[str]:
    for number in range(count):
        await anyio.lowlevel.checkpoint()
        yield f"Write to Ada Lovelace {number}"


async def slow(item: int) -> int:
    await anyio.sleep(60)
    return item


async def test_an_asynchronous_input_is_read(client):
    results = [result async for result in client.bulk.cleanse(1, texts())]
    assert [result.unwrap().text for result in results] == [
        f"Write to PERSON_0 {number}" for number in range(20)
    ]


async def test_a_function_must_be_asynchronous(client):
    function: Any = len
    [result] = [result async for result in client.bulk.map(function, ["Ada"])]
    assert "must be asynchronous, but returned a value of type int" in str(result.error)
    assert isinstance(result.error, LiminalError)


async def test_an_error_of_an_asynchronous_input_comes_last(client):
    async def items() -> AsyncIterator[str]:
        yield "Ada"
        raise ZeroDivisionError

    results = client.bulk.cleanse(1, items())
    assert (await anext(results)).index == 0
    with pytest.raises(ZeroDivisionError):
        await anext(results)


async def test_results_come_while_the_input_waits(client):
    async def items() -> AsyncIterator[str]:
        yield "Ada"
        await anyio.sleep(60)
        yield "Alan"

    async with aclosing(items()) as later, client.bulk.cleanse(1, later) as results:
        assert (await anext(results)).index == 0


async def test_cancellation_ends_the_calls_within_a_second(client):
    ended = 0

    async def call(item: int) -> None:
        nonlocal ended
        try:
            await slow(item)
        finally:
            ended += 1

    results = client.bulk.map(call, range(100), concurrency=5)
    begun = time.monotonic()
    with anyio.move_on_after(0.2):
        await anext(results)
    assert time.monotonic() - begun < 1.2
    assert ended == 5
    assert [result async for result in results] == []


async def test_dropping_the_results_ends_the_calls(client):
    running = set[int]()

    async def call(item: int) -> int:
        running.add(item)
        try:
            return item if item == 0 else await slow(item)
        finally:
            running.discard(item)

    results = client.bulk.map(call, range(100), concurrency=5)
    await anext(results)
    assert running
    del results
    gc.collect()
    await until(lambda: not running)


async def test_a_task_that_is_cancelled_from_elsewhere_ends_the_run(client, anyio_backend_name):
    """On asyncio any task may cancel any other; on trio nothing of the kind exists."""

    async def call(item: int) -> int:
        raise asyncio.CancelledError if anyio_backend_name == "asyncio" else LiminalError("task of")

    with pytest.raises(LiminalError, match="task of"):
        (await anext(client.bulk.map(call, range(3)))).unwrap()


async def test_two_tasks_can_share_the_results(client):
    seen: list[int] = []

    async def take(results: AsyncBulkResults[Any]) -> None:
        async for result in results:
            seen.append(result.index)
            await anyio.lowlevel.checkpoint()

    results = client.bulk.cleanse(1, texts())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take, results)
        tasks.start_soon(take, results)
    assert sorted(seen) == list(range(20))


def test_the_results_belong_to_one_event_loop(sandbox, anyio_backend):
    client = Client(sandbox.url)

    async def call(item: int) -> int:
        return item

    results = client.bulk.map(call, range(3))

    async def take() -> int:
        return (await anext(results)).index

    assert anyio.run(take, backend=anyio_backend) == 0
    with pytest.raises(LiminalError, match="can only be used on the event loop"):
        anyio.run(take, backend=anyio_backend)


async def test_a_cancelled_run_leaves_its_journal_whole(client, sandbox, tmp_path):
    path = tmp_path / "run.sqlite"
    sandbox.answer_delay = 0.05
    with anyio.move_on_after(0.3):
        async with aclosing(texts(200)) as items:
            async for _ in client.bulk.cleanse(1, items, journal=path):
                """Go on until it is cancelled."""
    sandbox.answer_delay = 0
    before = len(sandbox.requests)
    results = [r async for r in client.bulk.cleanse(1, texts(200), journal=path)]
    assert len([result for result in results if result.error is None]) == 200
    assert len(sandbox.requests) - before < 200
