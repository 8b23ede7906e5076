"""A bulk run in tasks: the results of ``Client.bulk``."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Final, Generic, Self, TypeVar

import anyio

from liminal._calls.discreet import discreet_async, emptied
from liminal._calls.retry import ASYNC_PACER
from liminal._http.loops import Loop
from liminal.errors import LiminalError

from ._gates import AsyncGate
from ._jobs import AsyncSource, Job, Results, open_journal, require_awaitable
from ._result import BulkResult, Shelf
from ._settings import Settings
from ._tickets import AsyncTicket

T = TypeVar("T")
R = TypeVar("R")

# Seconds. Cancelled tasks end at once, unless the caller's function uses a shielded scope.
_CLOSE_TIMEOUT: Final = 1.0


class AsyncBulkResults(Results[R], Generic[R]):
    """The results of a bulk run, one for each item: an iterator, and a context manager.

    The run starts when the first result is requested. ``close()``, the end of a ``with`` block and
    dropping the iterator stop it: running calls are cancelled.
    """

    def __init__(
        self,
        function: Callable[[T], Awaitable[R]],
        items: Iterable[T] | AsyncIterable[T],
        settings: Settings,
    ) -> None:
        self._run: _Run[R] | None = None
        super().__init__(function, items, settings)
        journal = open_journal(settings.journal, settings.what)
        source = AsyncSource(items, settings, journal)
        self._run = _Run(function, source, self._shelf, settings)

    def __aiter__(self) -> Self:
        return self

    @discreet_async
    async def __anext__(self) -> BulkResult[R]:
        try:
            return await self._next()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop the run. The journal keeps what it has."""
        if self._run is not None:
            await self._run.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __del__(self) -> None:
        if self._run is not None:
            self._run.stop()

    async def _next(self) -> BulkResult[R]:
        result = None if self._run is None else await self._run.next()
        if result is None:
            raise StopAsyncIteration
        return result


class _Run(Generic[R]):
    """The tasks of a run. They hold no reference to the iterator, so that it can be dropped.

    They run in one background task, since a task group must not span a ``yield``.
    """

    def __init__(
        self,
        function: Callable[[Any], Awaitable[R]],
        source: AsyncSource[Any],
        shelf: Shelf[R],
        settings: Settings,
    ) -> None:
        self._function = function
        self._source = source
        self._shelf = shelf
        self._settings = settings
        self._gate = AsyncGate(settings.concurrency)
        self._is_closed = False
        self._failure: BaseException | None = None
        self._pending = 0  # items that were read, and whose results were not returned yet
        self._loop: Loop | None = None

    def _start(self) -> None:
        self._loop = Loop()
        self._scope = anyio.CancelScope()
        self._ended = anyio.Event()
        self._changed = anyio.Event()
        self._reading = anyio.Lock(fast_acquire=True)
        self._waiting_for_slot: deque[anyio.Event] = deque()
        self._loop.spawn(self._host)

    async def next(self) -> BulkResult[R] | None:
        """Return the next result; None at the end. Raises the error that ended the run."""
        if self._loop is None and not self._is_closed:
            self._start()
        if self._loop is not None and not self._loop.is_here:
            raise LiminalError("a bulk run can only be used on the event loop that started it")
        while not self._is_closed:
            result = self._shelf.take()
            if result is not None:
                self._free_slot()
                return result
            if self._failure is not None:
                raise self._failure
            if self._source.is_over and self._pending == 0:
                self._source.raise_error()
                break
            if self._changed.is_set():
                self._changed = anyio.Event()  # shared by all tasks that wait for a result
            await self._changed.wait()
        return None

    async def close(self) -> None:
        """Cancel the tasks, and wait until they have ended."""
        self.stop()
        if self._loop is not None and self._loop.is_here:
            with anyio.move_on_after(_CLOSE_TIMEOUT, shield=True):
                await self._ended.wait()
        self._source.close()

    def stop(self) -> None:
        """Cancel the tasks without waiting. A finalizer may call this, in any thread."""
        if self._is_closed:
            return
        self._is_closed = True
        self._shelf.close()
        if self._loop is not None:
            # Scheduled: if cancelled here, trio would chain the tasks' Cancelled to the exception
            # being handled, and ``emptied`` would end the suspended frames of its traceback.
            with suppress(RuntimeError):  # the loop has ended, and its tasks with it
                self._loop.call_soon(self._cancel)

    def _cancel(self) -> None:
        self._scope.cancel()
        self._changed.set()  # another task may be waiting for a result

    async def _host(self) -> None:
        try:
            with self._scope:
                async with anyio.create_task_group() as tasks:
                    for _ in range(self._settings.concurrency):
                        tasks.start_soon(self._work)
        finally:
            self._ended.set()

    async def _work(self) -> None:
        try:
            while (job := await self._take()) is not None:
                result = job.known or await self._outcome(job)
                if result is not None:
                    self._shelf.add(result)
                    if self._shelf.wanted in {None, result.index}:
                        self._changed.set()
        except BaseException:  # only a cancellation gets here
            self._fail(LiminalError("a task of the bulk run was cancelled"))
            raise

    async def _take(self) -> Job[Any] | None:
        """Read an item as soon as fewer than ``window`` are pending; None at the end."""
        while self._pending >= self._settings.window and not self._is_over:
            slot = anyio.Event()
            self._waiting_for_slot.append(slot)
            await slot.wait()
        if self._is_over:
            return None
        self._pending += 1
        job = await self._read()
        if job is None:
            self._free_slot()
            self._wake_all()
        return job

    async def _read(self) -> Job[Any] | None:
        if not self._source.waits:
            return self._source.next()
        async with self._reading:  # an asynchronous iterator can't be advanced concurrently
            return None if self._is_over else await self._source.next_one()

    @property
    def _is_over(self) -> bool:
        return self._source.is_over or self._failure is not None

    def _free_slot(self) -> None:
        self._pending -= 1
        if self._waiting_for_slot:
            self._waiting_for_slot.popleft().set()

    def _wake_all(self) -> None:
        self._changed.set()
        while self._waiting_for_slot:
            self._waiting_for_slot.popleft().set()

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self._wake_all()

    async def _outcome(self, job: Job[Any]) -> BulkResult[R] | None:
        ticket = AsyncTicket(self._gate, job.claim)
        token = ASYNC_PACER.set(ticket)
        outcome: BulkResult[R] | BaseException
        try:
            await ticket.enter()
            outcome = job.result(await require_awaitable(self._function(job.item)))
        except anyio.get_cancelled_exc_class():
            ticket.abandon()
            raise
        except BaseException as error:  # noqa: BLE001 - becomes the item's error, or the run's
            outcome = emptied(error)
        finally:
            ASYNC_PACER.reset(token)
        settled = ticket.settle(job, outcome, self._settings)
        if isinstance(settled, BulkResult):
            return settled
        self._fail(settled)
        return None
