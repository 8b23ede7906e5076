"""What became of one item, and the results that wait for their turn."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")

# What the methods of ``client.bulk`` take: on SyncClient, and on Client.
Items: TypeAlias = Iterable[T]
AsyncItems: TypeAlias = Iterable[T] | AsyncIterable[T]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkResult(Generic[R]):
    """What became of one item of a bulk run.

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


OnProgress: TypeAlias = Callable[[int, int, int | None], object]


class Shelf(Generic[R]):
    """Results that nobody has taken yet. ``take`` gives them in order, or as they came."""

    def __init__(self, *, ordered: bool, on_progress: OnProgress | None, total: int | None) -> None:
        self._ordered = ordered
        self._on_progress = on_progress
        self._total = total
        self._waiting: dict[int, BulkResult[R]] = {}
        self._next = 0
        self._failed = 0

    def add(self, result: BulkResult[R]) -> None:
        """Keep a result until it is taken."""
        self._waiting[result.index] = result

    def take(self) -> BulkResult[R] | None:
        """The next result, once ``on_progress`` has been told; None if there is none yet."""
        if not self._waiting:
            return None
        index = self._next if self._ordered else next(iter(self._waiting))
        result = self._waiting.pop(index, None)
        if result is not None:
            self._next += 1
            self._failed += result.error is not None
            if self._on_progress is not None:
                self._on_progress(self._next, self._failed, self._total)
        return result
