"""Steps taken side by side, in tasks or in threads, for tests that are derived."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Self

import anyio
import trio

# No test waits this long, unless something hangs.
PATIENCE = 60.0

# Each runs an asynchronous function on an event loop of its kind.
RUNNERS: dict[str, Callable[[Callable[[], Awaitable[Any]]], Any]] = {
    "asyncio": lambda main: asyncio.run(main()),
    "trio": trio.run,
}


class TaskGroup:
    """Starts steps in tasks, and waits for them at the end of its block."""

    async def __aenter__(self) -> Self:
        self._group = await anyio.create_task_group().__aenter__()
        return self

    def start(self, step: Callable[[], Awaitable[Any]]) -> "Outcome":
        """Begin a step; what becomes of it is told by the outcome, once the block has ended."""
        outcome = Outcome()
        self._group.start_soon(self._run, step, outcome)
        return outcome

    async def _run(self, step: Callable[[], Awaitable[Any]], outcome: "Outcome") -> None:
        try:
            outcome.value = await step()
        except Exception as error:  # noqa: BLE001 - the test is to see it
            outcome.error = error

    async def __aexit__(self, *error: object) -> None:
        self._group.cancel_scope.deadline = anyio.current_time() + PATIENCE
        leave: Any = self._group.__aexit__
        await leave(*error)
        assert not self._group.cancel_scope.cancelled_caught, "a step hangs"


class ThreadGroup:
    """Starts steps in threads, and waits for them at the end of its block."""

    def __enter__(self) -> Self:
        self._threads: list[threading.Thread] = []
        return self

    def start(self, step: Callable[[], Any]) -> "Outcome":
        """Begin a step; what becomes of it is told by the outcome, once the block has ended."""
        outcome = Outcome()
        thread = threading.Thread(target=self._run, args=(step, outcome), daemon=True)
        self._threads.append(thread)
        thread.start()
        return outcome

    def _run(self, step: Callable[[], Any], outcome: "Outcome") -> None:
        try:
            outcome.value = step()
        except Exception as error:  # noqa: BLE001 - the test is to see it
            outcome.error = error

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a step hangs"


class Outcome:
    """What a step returned or raised."""

    value: Any = None
    error: Exception | None = None
