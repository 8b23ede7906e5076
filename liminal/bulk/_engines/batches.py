"""Reads and replaces the columns of a batch: pandas, pyarrow, or a dict of lists or numpy arrays.

The library is never imported here: the caller has used it to make the batch.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any, Final, Protocol

from liminal.errors import LiminalError

# The types of pandas columns that can hold a cleansed text; a category, for example, can't.
_TEXT_TYPES: Final = ("object", "str", "string")


class Batch(Protocol):
    """A batch of rows."""

    batch: Any

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        ...

    def column(self, name: str) -> list[Any]:
        """The values of a column."""
        ...

    def put(self, name: str, values: list[Any]) -> None:
        """Replace a column, or add one, in a copy of the batch."""
        ...


class _Dict:
    """A dict of columns, each a list or a numpy array."""

    def __init__(self, batch: Any) -> None:
        self.batch: Any = batch

    @property
    def names(self) -> list[str]:
        return list(self.batch)

    def column(self, name: str) -> list[Any]:
        values = self.batch[name]
        return list(values.tolist() if hasattr(values, "tolist") else values)

    def put(self, name: str, values: list[Any]) -> None:
        like = self.batch.get(name, next(iter(self.batch.values())))
        column: Any = values
        if hasattr(like, "tolist"):
            column = sys.modules["numpy"].array(values, dtype=object)
        self.batch = {**self.batch, name: column}


class _Frame:
    """A DataFrame of pandas."""

    def __init__(self, batch: Any) -> None:
        self.batch: Any = batch

    @property
    def names(self) -> list[str]:
        return list(self.batch.columns)

    def column(self, name: str) -> list[Any]:
        return list(self.batch[name])

    def put(self, name: str, values: list[Any]) -> None:
        kind = self.batch[name].dtype if name in self.batch.columns else ""
        kept = kind if str(kind).startswith(_TEXT_TYPES) else "string"
        series = sys.modules["pandas"].Series(values, index=self.batch.index, dtype=kept)
        self.batch = self.batch.assign(**{name: series})


class _Arrow:
    """A Table or a RecordBatch of pyarrow."""

    def __init__(self, batch: Any) -> None:
        self.batch: Any = batch

    @property
    def names(self) -> list[str]:
        return list(self.batch.schema.names)

    def column(self, name: str) -> list[Any]:
        return list(self.batch.column(name).to_pylist())

    def put(self, name: str, values: list[Any]) -> None:
        arrow: Any = sys.modules["pyarrow"]
        position = self.batch.schema.get_field_index(name)
        if position < 0:
            self.batch = self.batch.append_column(name, arrow.array(values, type=arrow.string()))
            return
        field = self.batch.schema.field(position)
        kind = field.type if field.type == arrow.large_string() else arrow.string()
        field = field.with_type(kind).with_nullable(True)  # noqa: FBT003 - pyarrow's
        self.batch = self.batch.set_column(position, field, arrow.array(values, type=kind))


def as_batch(batch: object) -> Batch:
    """Wrap a batch of any supported type; LiminalError for another type."""
    library = type(batch).__module__.partition(".")[0]
    if isinstance(batch, Mapping):
        return _Dict(batch)
    if library == "pandas" and hasattr(batch, "columns"):
        return _Frame(batch)
    if library == "pyarrow" and hasattr(batch, "schema"):
        return _Arrow(batch)
    raise LiminalError(
        "a batch must be a DataFrame of pandas, a Table or RecordBatch of pyarrow, or a dict of"
        f" columns, not of type {type(batch).__name__}"
    )


def is_null(value: object) -> bool:
    """Whether the value is None, NaN, or pandas's NA or NaT."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(value, float) and math.isnan(value)
