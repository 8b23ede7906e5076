"""Cancels a coroutine at a point that is counted, on any event loop."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import anyio


class CancelledAt:
    """Awaits ``coroutine``, and calls ``cancel`` when it gives way for the n-th time."""

    def __init__(
        self, coroutine: Coroutine[Any, Any, Any], n: int, cancel: Callable[[], object]
    ) -> None:
        self._coroutine = coroutine
        self._n = n
        self._cancel = cancel

    def __await__(self) -> Generator[Any, Any, Any]:
        steps_left = self._n
        step: Callable[[], Any] = lambda: self._coroutine.send(None)  # noqa: E731
        while True:
            try:
                awaited = step()
            except StopIteration as stop:
                return stop.value
            steps_left -= 1
            if steps_left == 0:
                self._cancel()
            step = yield from _answer(self._coroutine, awaited)


def _answer(
    coroutine: Coroutine[Any, Any, Any], awaited: Any
) -> Generator[Any, Any, Callable[[], Any]]:
    """Let the event loop have ``awaited``; give the step with which the coroutine goes on."""
    try:
        value = yield awaited
    except BaseException as error:  # noqa: BLE001 - a cancellation, most of all
        raised = error
        return lambda: coroutine.throw(raised)
    return lambda: coroutine.send(value)


async def by_scope(coroutine: Coroutine[Any, Any, Any], n: int) -> bool:
    """Cancel as anyio and trio do; return whether it came to that."""
    with anyio.CancelScope() as scope:
        await CancelledAt(coroutine, n, scope.cancel)
    return scope.cancelled_caught


async def by_task(coroutine: Coroutine[Any, Any, Any], n: int) -> bool:
    """Cancel as asyncio does; return whether it came to that."""

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        await CancelledAt(coroutine, n, task.cancel)

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return task.cancelled()
