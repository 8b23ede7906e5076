"""A value that is made once for all tasks and threads that need it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from liminal._http.loops import Loop
from liminal._session.once import AsyncOnce, Once, _after_fork
from tests._sync.waiting import until
from tests.support.tasks import PATIENCE, TaskGroup


class Maker:
    """Fails at first, then makes 7."""

    tries = 0

    def make(self) -> int:
        self.tries += 1
        if self.tries == 1:
            raise ConnectionResetError
        return 7

    async def make_soon(self) -> int:
        await anyio.lowlevel.checkpoint()
        return self.make()


def test_threads_share_one_value_and_a_failure_leaves_it_to_the_next():
    once, maker = Once(), Maker()
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(once.get, maker.make) for _ in range(4)]
    failed = [call for call in calls if call.exception()]
    assert len(failed) == 1
    assert [call.result() for call in calls if call not in failed] == [7] * 3
    assert (maker.tries, once.get(maker.make)) == (2, 7)


async def test_tasks_share_one_value_and_a_failure_leaves_it_to_the_next():
    once, maker = AsyncOnce(), Maker()
    async with TaskGroup() as tasks:
        calls = [tasks.start(lambda: once.get(maker.make_soon)) for _ in range(4)]
    assert sorted(call.value or 0 for call in calls) == [0, 7, 7, 7]
    assert (maker.tries, await once.get(maker.make_soon)) == (2, 7)


@pytest.mark.parametrize("other", ["asyncio", "trio"])
def test_event_loops_share_one_value(other):
    once, go_on, made = AsyncOnce(), threading.Event(), []

    async def make() -> int:
        await anyio.to_thread.run_sync(go_on.wait)
        made.append(7)
        return 7

    with start_blocking_portal() as here, start_blocking_portal(other) as there:
        first = here.start_task_soon(once.get, make)
        until(lambda: once._maker)
        second = there.start_task_soon(once.get, make)
        go_on.set()
        assert first.result(PATIENCE) == second.result(PATIENCE) == 7
    assert made == [7]


def test_a_loop_that_was_stopped_leaves_the_value_to_others():
    once = AsyncOnce()

    async def make() -> int:
        return 7

    loop = asyncio.new_event_loop()
    task = loop.create_task(once.get(asyncio.Event().wait))
    loop.run_until_complete(asyncio.sleep(0))
    assert asyncio.run(once.get(make)) == 7
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()


def test_the_child_of_a_fork_waits_for_no_thread_of_its_parent():
    """Without a fork here: what was held stays held."""
    once = Once()
    once._lock.acquire()
    _after_fork()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(once.get, lambda: 7).result(PATIENCE) == 7


def test_the_child_of_a_fork_waits_for_no_event_loop_of_its_parent():
    once = AsyncOnce()
    once._lock.acquire()

    async def make() -> int:
        once._maker = Loop()  # it runs, but no task of it makes the value
        _after_fork()
        with anyio.fail_after(PATIENCE):
            return await once.get(make_soon)

    async def make_soon() -> int:
        return 7

    assert asyncio.run(make()) == 7


def test_a_value_that_another_loop_has_just_made_is_not_made_again():
    once = AsyncOnce()

    class Made:
        """A lock that comes late: the other loop was faster."""

        def __enter__(self) -> None:
            once.value = 7

        def __exit__(self, *_: object) -> None:
            pass

    async def make() -> int:
        raise AssertionError

    once._lock = Made()  # type: ignore[assignment]  # it is as good as a lock
    assert asyncio.run(once.get(make)) == 7


def test_a_loop_that_stood_still_keeps_the_value_that_another_has_made():
    async def make_first() -> int:
        await go_on.wait()
        return 7

    async def make_second() -> int:
        return 8

    once, go_on, first = AsyncOnce(), asyncio.Event(), asyncio.new_event_loop()
    try:
        waiting = first.create_task(once.get(make_first))
        first.run_until_complete(asyncio.sleep(0))
        assert asyncio.run(once.get(make_second)) == 8
        go_on.set()
        assert first.run_until_complete(waiting) == 8
    finally:
        first.close()
