"""A value that is made once for all tasks and threads that want it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from liminal._session.once import AsyncOnce, Once
from tests.support.tasks import PATIENCE


def test_threads_share_one_value_and_a_failure_leaves_it_to_the_next():
    once, tries = Once(), []
    start = threading.Barrier(4)

    def make() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionResetError
        return 7

    def get(_: int) -> int | None:
        start.wait()
        try:
            return once.get(make)
        except ConnectionResetError:
            return None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(get, range(4)), key=str) == [7, 7, 7, None]
    assert (len(tries), once.get(make)) == (2, 7)


@pytest.mark.anyio
async def test_tasks_share_one_value_and_a_failure_leaves_it_to_the_next():
    once, tries, got = AsyncOnce(), [], []

    async def make() -> int:
        await anyio.lowlevel.checkpoint()
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionResetError
        return 7

    async def get() -> None:
        try:
            got.append(await once.get(make))
        except ConnectionResetError:
            got.append(0)

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(get)
    assert (len(tries), sorted(got), await once.get(make)) == (2, [0, 7, 7, 7], 7)


def test_event_loops_share_one_value():
    once, made = AsyncOnce(), []
    begun, go_on = threading.Event(), threading.Event()

    async def make() -> int:
        begun.set()
        await asyncio.to_thread(go_on.wait)
        made.append(7)
        return 7

    async def wait() -> int:
        go_on.set()
        return await once.get(make)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(asyncio.run, once.get(make))
        assert begun.wait(PATIENCE)
        second = pool.submit(asyncio.run, wait())
        assert first.result(PATIENCE) == second.result(PATIENCE) == 7
    assert made == [7]


def test_a_loop_that_was_stopped_leaves_the_value_to_others():
    once = AsyncOnce()

    async def hang() -> int:
        await asyncio.Event().wait()
        raise AssertionError

    async def make() -> int:
        return 7

    loop = asyncio.new_event_loop()
    task = loop.create_task(once.get(hang))
    loop.run_until_complete(asyncio.sleep(0))
    try:
        assert asyncio.run(once.get(make)) == 7
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()
