"""Cancels a coroutine at a point that is counted, on any event loop."""

import asyncio
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any

import anyio

Call = Coroutine[Any, Any, Any]
# Cancels a call when it gives way to others for the n-th time; returns whether it came to that.
Way = Callable[[Call, int], Awaitable[bool]]


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


async def by_scope(call: Call, n: int) -> bool:
    """Cancel as anyio and trio do."""
    with anyio.CancelScope() as scope:
        await _cancelled_at(call, n, scope.cancel)
    return scope.cancelled_caught


async def by_task(call: Call, n: int) -> bool:
    """Cancel as asyncio does."""

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        await _cancelled_at(call, n, task.cancel)

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    return task.cancelled() or task.result() is not None
