"""A bulk run in threads: the results of ``SyncClient.bulk``."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any, Generic, Self, TypeVar

from liminal._calls.discreet import discreet, emptied
from liminal._calls.retry import PACER
from liminal._http.sockets.limits import Waiter

from ._gates import Gate
from ._jobs import Job, Results, Source, open_journal, require_result
from ._result import BulkResult, Shelf
from ._settings import Settings
from ._tickets import Ticket

T = TypeVar("T")
R = TypeVar("R")


class BulkResults(Results[R], Generic[R]):
    """The results of a bulk run, one for each item: an iterator, and a context manager.

    The run starts when the first result is requested. ``close()``, the end of a ``with`` block and
    dropping the iterator stop it: no further item is sent. Running calls end by themselves.
    """

    def __init__(
        self,
        function: Callable[[T], R],
        items: Iterable[T],
        settings: Settings,
        gate: Gate | None = None,
    ) -> None:
        self._workers: _Workers[R] | None = None
        super().__init__(function, items, settings)
        journal = open_journal(settings.journal, settings.what)
        self._source: Source[Any] = Source(items, settings, journal)
        self._pending = 0
        self._lock = threading.RLock()  # several threads may take results
        self._workers = _Workers(function, settings, gate or Gate(settings.concurrency))

    def __iter__(self) -> Self:
        return self

    @discreet
    def __next__(self) -> BulkResult[R]:
        try:
            return self._next()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop the run. The journal keeps what it has."""
        if self._workers is not None:
            self._workers.close()
            self._source.close()
            self._shelf.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self._workers is not None:
            self._workers.close()
            self._shelf.close()

    def _next(self) -> BulkResult[R]:
        workers = self._workers
        while workers is not None and not workers.is_closed:
            with self._lock:
                self._fill(workers)
                workers.move_results(self._shelf)
                # If another thread has closed the run, items have failed only because of that.
                result = None if workers.is_closed else self._shelf.take()
                self._pending -= result is not None
            if result is not None:
                workers.wake_next()
                return result
            if workers.failure is not None:
                raise workers.failure
            if self._pending == 0:
                break
            workers.wait_for(self._shelf.wanted)
        if workers is not None:
            workers.wake_next()
        self._source.raise_error()
        raise StopIteration

    def _fill(self, workers: _Workers[R]) -> None:
        """Read items until ``window`` of them are pending."""
        while not self._source.is_over and self._pending < self._settings.window:
            job = self._source.next()
            if job is None:
                return
            self._pending += 1
            if job.known is not None:
                self._shelf.add(job.known)
            else:
                workers.submit(job)


class _Workers(Generic[R]):
    """The threads of a run. They hold no reference to the iterator, so that it can be dropped."""

    def __init__(self, function: Callable[[Any], R], settings: Settings, gate: Gate) -> None:
        self.is_closed = False
        self.failure: BaseException | None = None  # the error that ends the run
        self._has_failed = False
        self._function = function
        self._settings = settings
        self._gate = gate
        self._jobs: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._done: deque[BulkResult[R] | BaseException] = deque()
        self._changed = Waiter()
        self._waiting = 0  # threads that wait for a result
        self._wanted: int | None = None  # which one; None for any
        self._threads = 0

    def submit(self, job: Job[Any]) -> None:
        """Queue the item, and start another thread if there may be one more."""
        self._jobs.put(job)
        if self._threads < self._settings.concurrency:
            self._threads += 1
            # A daemon thread, so that Ctrl-C ends the program during a call.
            run = copy_context().run
            threading.Thread(
                target=run, args=(self._work,), name="liminal-bulk", daemon=True
            ).start()

    def move_results(self, shelf: Shelf[R]) -> None:
        """Move finished results to the shelf, up to the error that ends the run."""
        while self._done and self.failure is None:
            done = self._done.popleft()
            if isinstance(done, BulkResult):
                shelf.add(done)
            else:
                self.failure = done

    def wait_for(self, wanted: int | None) -> None:
        """Wait until this result (or any, for None) may be there, or the run ends or is closed.

        Workers don't wake this thread for other results: that would take longer than everything
        else that a run adds to its calls.
        """
        self._wanted = wanted
        self._waiting += 1
        try:
            if not self._done and not self.is_closed:
                self._changed.get()
        finally:
            self._waiting -= 1

    def wake_next(self) -> None:
        """Wake another thread that waits for a result, to check again."""
        if self._waiting:
            self._changed.put(None)

    def close(self) -> None:
        """Start no further item. Takes no lock, since a finalizer may call it."""
        if not self.is_closed:
            self.is_closed = True
            self._gate.close()
            with suppress(Empty):
                while True:
                    self._jobs.get_nowait()
            for _ in range(self._threads):
                self._jobs.put(None)
            self._changed.put(None)  # another thread may be waiting for a result

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None and not (self.is_closed or self._has_failed):
            outcome = self._outcome(job)
            if not isinstance(outcome, BulkResult):
                self._has_failed = True  # start no further item before the run is closed
            self._done.append(outcome)
            # In this order: a thread that waits first sets ``_waiting`` and then checks ``_done``.
            if self._waiting and self._is_wanted(outcome):
                self._changed.put(None)

    def _is_wanted(self, outcome: BulkResult[R] | BaseException) -> bool:
        if isinstance(outcome, BulkResult):
            return self._wanted is None or outcome.index == self._wanted
        return True

    def _outcome(self, job: Job[Any]) -> BulkResult[R] | BaseException:
        ticket = Ticket(self._gate, job.claim)
        token = PACER.set(ticket)
        outcome: BulkResult[R] | BaseException
        try:
            ticket.enter()
            outcome = job.result(require_result(self._function(job.item)))
        except BaseException as error:  # noqa: BLE001 - becomes the item's error, or the run's
            outcome = emptied(error)
        PACER.reset(token)
        return ticket.settle(job, outcome, self._settings)
