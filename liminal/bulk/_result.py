"""The result of one item, and the results that the caller has not taken yet."""

from __future__ import annotations

import atexit
from collections import Counter
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from ._bars import Bar

T = TypeVar("T")
R = TypeVar("R")

# The input of the methods of ``client.bulk``: on SyncClient, and on Client.
Items: TypeAlias = Iterable[T]
AsyncItems: TypeAlias = Iterable[T] | AsyncIterable[T]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkResult(Generic[R]):
    """The result of one item of a bulk run.

    - ``index``: the position of the item in the input, from 0.
    - ``key``: what ``key(item)`` returned; without ``key``, the index.
    - ``value``: what the call returned; None if it failed.
    - ``error``: what the call raised; None if it succeeded.

    The repr shows neither key nor value.
    """

    index: int
    key: object = field(repr=False)
    value: R | None = field(default=None, repr=False)
    error: Exception | None = field(default=None, repr=False)

    def unwrap(self) -> R:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("R", self.value)

    def __repr__(self) -> str:
        outcome = "done" if self.error is None else type(self.error).__name__
        return f"<{type(self).__name__} {self.index}: {outcome}>"


# A function of the numbers of items done, failed, and in all; or a bar on the screen.
OnProgress: TypeAlias = Callable[[int, int, int | None], object] | Literal["bar"]


class Shelf(Generic[R]):
    """Keeps results until they are taken, in the order of the items or of their arrival."""

    def __init__(self, *, ordered: bool, on_progress: OnProgress | None, total: int | None) -> None:
        self._ordered = ordered
        self._progress = None if on_progress is None else _Progress(on_progress, total)
        self._waiting: dict[int, BulkResult[R]] = {}
        self._next = 0

    @property
    def taken(self) -> int:
        """The number of results that were taken."""
        return self._next

    @property
    def wanted(self) -> int | None:
        """The index of the result that ``take`` returns next; None for any."""
        return self._next if self._ordered else None

    def add(self, result: BulkResult[R]) -> None:
        """Keep a result until it is taken."""
        self._waiting[result.index] = result

    def take(self) -> BulkResult[R] | None:
        """Call ``on_progress`` and return the next result; None if there is none yet."""
        if self._progress is not None:
            self._progress.begin()
        if not self._waiting:
            return None
        index = self._next if self._ordered else next(iter(self._waiting))
        result = self._waiting.pop(index, None)
        if result is not None:
            self._next += 1
            if self._progress is not None:
                self._progress.count(result.error)
        return result

    def close(self) -> None:
        """Stop drawing the bar, if there is one."""
        if self._progress is not None:
            self._progress.close()


class _Progress:
    """Counts the results that were taken, and passes the numbers to the function or the bar."""

    def __init__(self, target: OnProgress, total: int | None) -> None:
        self._target = target
        self._total = total
        self._bar: Bar | None = None
        self._has_begun = False
        self._done = 0
        self._failures: Counter[str] = Counter()

    def begin(self) -> None:
        """Show the bar when the run begins."""
        if not self._has_begun:
            self._has_begun = True
            if self._target == "bar":
                self._open_bar()

    def _open_bar(self) -> None:
        from ._bars import bar  # noqa: PLC0415 - few runs have one

        self._bar = bar()
        if self._bar is not None:
            # An abandoned run that is still referenced is collected at the interpreter's exit, when
            # the drawing library no longer works.
            atexit.register(self.close)
            self._show()

    def count(self, error: Exception | None) -> None:
        """Count one more result."""
        self._done += 1
        if error is not None:
            self._failures[type(error).__name__] += 1
        if callable(self._target):
            self._target(self._done, self._failures.total(), self._total)
        else:
            self._show()

    def _show(self) -> None:
        if self._bar is not None:
            self._bar.show(self._done, self._failures, self._total)

    def close(self) -> None:
        """Stop drawing the bar."""
        bar, self._bar = self._bar, None
        if bar is not None:
            atexit.unregister(self.close)
            bar.close()
