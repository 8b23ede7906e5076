"""Reads the items of a run, and pairs each with its key and its journal entry."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable, iscoroutine
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from liminal.errors import LiminalError

from ._result import BulkResult, Shelf
from ._settings import Settings, total_of

if TYPE_CHECKING:
    import os

    from ._journal import Claim, Journal

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """One item of the run."""

    index: int
    key: object
    item: T = field(repr=False)
    claim: Claim | None
    # The entry of an earlier run in the journal.
    known: BulkResult[Any] | None

    def result(self, value: Any = None, error: Exception | None = None) -> BulkResult[Any]:
        """Return the item's result."""
        return BulkResult(index=self.index, key=self.key, value=value, error=error)


class Source(Generic[T]):
    """Reads and numbers the items. An error of the input ends it, and is raised later."""

    def __init__(self, items: Iterable[T], settings: Settings, journal: Journal | None) -> None:
        self._items: Iterator[T] = iter(items)
        self._error: Exception | None = None
        self.is_over = False
        self._settings = settings
        self._journal = journal
        self._count = 0

    def next(self) -> Job[T] | None:
        """Return the next item; None at the end."""
        try:
            for item in self._items:
                return self._job(item)
            self._end()
        except Exception as error:  # noqa: BLE001 - raised after the results of the items before
            self._end(error)
        return None

    def _job(self, item: T) -> Job[T]:
        index, self._count = self._count, self._count + 1
        key = self._settings.key_of(index, item)
        claim = None
        if self._journal is not None:
            claim = self._journal.claim(item, None if self._settings.key is None else key)
        return Job(index, key, item, claim, _known(index, key, claim))

    def _end(self, error: Exception | None = None) -> None:
        self.is_over = True
        self._error = error

    def raise_error(self) -> None:
        """Raise the error that ended the input, once."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def close(self) -> None:
        """Stop reading, and close the journal once the last running item has ended."""
        self.is_over = True
        if self._journal is not None:
            self._journal.end()


def _known(index: int, key: object, claim: Claim | None) -> BulkResult[Any] | None:
    if claim is None or not claim.is_settled:
        return None
    error = claim.doubt
    value = claim.value() if error is None else None
    return BulkResult(index=index, key=key, value=value, error=error)


class AsyncSource(Source[T]):
    """Reads an iterable or an asynchronous one. Only one task may read it at a time."""

    def __init__(
        self,
        items: Iterable[T] | AsyncIterable[T],
        settings: Settings,
        journal: Journal | None,
    ) -> None:
        at_once = () if isinstance(items, AsyncIterable) else items
        super().__init__(at_once, settings, journal)
        self._later = aiter(items) if isinstance(items, AsyncIterable) else None
        self.waits = self._later is not None

    async def next_one(self) -> Job[T] | None:
        """Return the next item of an asynchronous input; None at the end."""
        try:
            return self._job(await anext(self._later)) if self._later is not None else None
        except StopAsyncIteration:
            self._end()
        except Exception as error:  # noqa: BLE001 - raised after the results of the items before
            self._end(error)
        return None


class Results(Generic[R]):
    """The common base of the results of runs in tasks and in threads."""

    def __init__(self, function: object, items: object, settings: Settings) -> None:
        if not callable(function):
            kind = type(function).__name__
            raise LiminalError(f"the function of a bulk run must be callable, not of type {kind}")
        check_items(items)
        self._settings = settings
        self._shelf: Shelf[R] = Shelf(
            ordered=settings.ordered, on_progress=settings.on_progress, total=total_of(items)
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._shelf.taken} taken>"

    def __reduce__(self) -> NoReturn:
        raise LiminalError("the results of a bulk run can't be pickled: collect them in a list")


def require_awaitable(answer: T) -> T:
    """Return the answer of an asynchronous function; LiminalError if it can't be awaited."""
    if isawaitable(answer):
        return answer
    kind = type(answer).__name__
    raise LiminalError(
        f"the function of the run must be asynchronous, but returned a value of type {kind}"
    )


def require_result(answer: T) -> T:
    """Return the answer of a blocking function; LiminalError if it has to be awaited."""
    if not isawaitable(answer):
        return answer
    if iscoroutine(answer):
        answer.close()  # otherwise Python warns that it was never awaited
    raise LiminalError(
        "the function of the run is asynchronous: use Client instead of SyncClient, or define the"
        " function without async"
    )


def check_items(items: object) -> None:
    """Raise LiminalError for a single text, and for anything that can't be iterated over."""
    if isinstance(items, str | bytes):
        raise LiminalError("the input must be an iterable of items, not one text: put it in a list")
    if not isinstance(items, AsyncIterable | Iterable) and not hasattr(items, "__getitem__"):
        raise LiminalError(f"the input must be iterable, not of type {type(items).__name__}")


def open_journal(path: str | os.PathLike[str] | None, what: Mapping[str, object]) -> Journal | None:
    """Open the journal at ``path``, or create it; None if there is no path."""
    if path is None:
        return None
    from ._journal import Journal  # noqa: PLC0415 - loads SQLite

    return Journal(path, what)
