"""Cleanses the columns of batches in the workers of engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from liminal._calls.arguments.checks import as_id
from liminal._calls.arguments.options import check_count
from liminal._calls.discreet import discreet, discreet_steps
from liminal.bulk._settings import Settings
from liminal.bulk._threads import BulkResults
from liminal.errors import LiminalError

from .batches import Batch, as_batch, is_null
from .process import shared
from .recipe import Recipe

if TYPE_CHECKING:
    from liminal_api.models import CleanseResponse

B = TypeVar("B")
T = TypeVar("T")

RAISE: Final = "raise"
NULL: Final = "null"
# A cell: its column and its row.
_Cell = tuple[str, int]


class Cleanser:
    """Replaces sensitive text in the columns of a batch with placeholders such as ``PERSON_0``.

    A callable for engines that work on batches, and it can be pickled: Ray Data's ``map_batches``,
    Dask's ``map_partitions``, and, by ``frames``, Spark's ``mapInPandas`` and ``mapInArrow``.

        cleanser = Cleanser(recipe, "My Model", columns=["letter"], workers=4)
        frame = frame.map_partitions(cleanser, meta=cleanser(frame._meta))

    A batch is a DataFrame of pandas, a Table or RecordBatch of pyarrow, or a dict of columns (lists
    or numpy arrays). The result is of the same kind, with the same rows. Nulls and empty texts stay
    as they are; anything else that isn't a str is a LiminalError.

    - ``recipe``: how each process makes its one client.
    - ``model_instance``: the id of the model instance, or its name.
    - ``columns``: the names of the columns to cleanse.
    - ``thread_id``: with it, a value has the same placeholder in all rows.
    - ``concurrency``: the most calls at once of all workers together, 16 by default. A worker uses
      fewer while the service answers 429 or 503.
    - ``workers``: the number of worker processes. Each makes ``concurrency / workers`` calls at
      once, rounded down, but at least one.
    - ``errors``: what becomes of a text that can't be cleansed. ``"raise"``, the default, raises
      the first error, so that the batch fails. ``"null"`` puts a null in its place. Any other name
      is that of a further column: the text's place is null, and the error is in that column, one
      line for each text of the row that failed.

    A refused sign-in is always raised, and a text that can't be cleansed is never passed on.
    """

    @discreet
    def __init__(
        self,
        recipe: Recipe,
        model_instance: int | str,
        columns: Sequence[str],
        *,
        thread_id: int | None = None,
        concurrency: int = 16,
        workers: int = 1,
        errors: str = RAISE,
    ) -> None:
        check_count("concurrency", concurrency, least=1)
        check_count("workers", workers, least=1)
        self._recipe = _checked("recipe", recipe, Recipe)
        named = isinstance(model_instance, str)
        self._instance = model_instance if named else as_id("model_instance", model_instance)
        self._columns = _names(columns)
        self._thread = None if thread_id is None else as_id("thread_id", thread_id)
        self._concurrency = max(1, concurrency // workers)
        self._errors = _checked("errors", errors, str)
        self._has_error_column = errors not in {RAISE, NULL}
        if self._has_error_column and errors in self._columns:
            raise LiminalError('errors must be "raise", "null", or the name of another column')

    @discreet
    def __call__(self, batch: B) -> B:
        """Return a copy of the batch with its columns cleansed."""
        found = as_batch(batch)
        self._check(found)
        columns = {name: found.column(name) for name in self._columns}
        cells = [
            (name, row)
            for name, values in columns.items()
            for row, value in enumerate(values)
            if _is_text(name, value)
        ]
        failures = self._cleanse(columns, cells)
        for name in dict(cells):
            found.put(name, columns[name])
        if self._has_error_column:
            rows = range(len(columns[self._columns[0]]))
            found.put(self._errors, [failures.get(row) for row in rows])
        return cast("B", found.batch)

    @discreet_steps
    def frames(self, batches: Iterable[B]) -> Iterator[B]:
        """Cleanse batch by batch: for Spark's ``mapInPandas`` and ``mapInArrow``."""
        for batch in batches:
            yield self(batch)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._recipe!r}, columns={list(self._columns)!r})"

    def _check(self, batch: Batch) -> None:
        """Raise LiminalError if a column is missing, or the column for errors exists already."""
        names = batch.names
        for name in self._columns:
            if names.count(name) != 1:
                raise LiminalError(f"the batch must have one column {name!r}; it has {names!r}")
        if self._has_error_column and self._errors in names:
            raise LiminalError(f"the batch has a column {self._errors!r}: choose another errors=")

    def _cleanse(self, columns: dict[str, list[Any]], cells: list[_Cell]) -> dict[int, str]:
        """Cleanse the cells in place; return the failures by row."""
        failures: dict[int, str] = {}
        if not cells:  # engines try a function on an empty batch, which needs no sign-in
            return failures
        with self._run([columns[name][row] for name, row in cells]) as results:
            for (name, row), result in zip(cells, results, strict=True):
                if self._errors == RAISE:
                    result.unwrap()
                columns[name][row] = None if result.value is None else result.value.text
                if result.error is not None:
                    failure = f"{name}: {type(result.error).__name__}: {result.error}"
                    failures[row] = f"{failures[row]}\n{failure}" if row in failures else failure
        return failures

    def _run(self, texts: list[str]) -> BulkResults[CleanseResponse]:
        process = shared(self._recipe)
        client = process.client
        instance = process.instance(self._instance)
        settings = Settings(
            concurrency=self._concurrency,
            what={"operation": "cleanse"},
            is_closed=lambda: client.api.runner.http.closed,
        )
        call = partial(client.prompt.cleanse, instance, thread_id=self._thread)
        return BulkResults(call, texts, settings, process.gate(self._concurrency))


def _checked(what: str, value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise LiminalError(f"{what} must be a {kind.__name__}, not {type(value).__name__}")
    return value


def _names(columns: object) -> tuple[str, ...]:
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        raise LiminalError("columns must be a list of names")
    names = [_checked("each of columns", name, str) for name in cast("Iterable[object]", columns)]
    if not names:
        raise LiminalError("columns must name at least one column")
    return tuple(dict.fromkeys(names))


def _is_text(name: str, value: object) -> bool:
    """Whether a cell must be sent; LiminalError if it is neither a text nor null."""
    if is_null(value):
        return False
    if not isinstance(value, str):
        raise LiminalError(f"column {name!r} must contain texts, not {type(value).__name__}")
    return value != ""
