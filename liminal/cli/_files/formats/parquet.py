"""Parquet: columns of texts, by row groups. Schema, metadata and compression are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from .arrow import ParquetSource
from .slots import FileProblemError, Slot


@dataclass(frozen=True, slots=True)
class Cell(Slot):
    """A slot in a table."""

    group: int
    column: int
    row: int


class Parquet:
    """A Parquet file. ``columns`` are names; None stands for all columns of texts."""

    def __init__(self, columns: Sequence[str] | None) -> None:
        self._columns = columns

    def check(self, source: BinaryIO) -> None:
        """Parquet files have no dialects."""

    def slots(self, source: BinaryIO) -> Iterator[Cell]:
        """Yield the texts, column by column in each row group."""
        file = ParquetSource(source)
        chosen = self._chosen(file)
        for number in range(file.groups):
            group = file.group(number)
            for column in chosen:
                for row, text in enumerate(file.texts(group, column)):
                    if text is not None and text.strip():
                        yield Cell(text, number, column, row)

    def _chosen(self, file: ParquetSource) -> list[int]:
        """Return the positions of the columns; FileProblemError if one can't be cleansed."""
        kinds = file.kinds()
        for wanted in self._columns or ():
            if wanted not in [name for name, _ in kinds]:
                raise FileProblemError(f"it has no column {wanted}")
        chosen = [
            (position, name, kind)
            for position, (name, kind) in enumerate(kinds)
            if (kind != "other" if self._columns is None else name in self._columns)
        ]
        for _, name, kind in chosen:
            if kind != "text":
                raise FileProblemError(f"its column {name} contains no strings{self._advice()}")
        return [position for position, _, _ in chosen]

    def _advice(self) -> str:
        if self._columns is not None:
            return ", and only strings can be cleansed"
        return ", but may contain text: name the columns to cleanse with --columns"

    def rewriting(self, source: BinaryIO, target: BinaryIO) -> _Rewriting:
        """Write the row groups again."""
        return _Rewriting(ParquetSource(source), target)


class _Rewriting:
    def __init__(self, file: ParquetSource, target: BinaryIO) -> None:
        self._file = file
        self._writer = file.writer(target)
        self._number = 0
        self._group: Any = None
        self._columns: dict[int, list[str | None]] = {}

    def put(self, slot: Slot, text: str) -> None:
        """Keep a text until its row group is complete."""
        assert isinstance(slot, Cell)  # noqa: S101 - slots are those of the same format
        if text == slot.text:
            return
        while self._number < slot.group:
            self._write()
        if slot.column not in self._columns:
            group = self._current()
            self._columns[slot.column] = self._file.texts(group, slot.column)
        self._columns[slot.column][slot.row] = text

    def finish(self) -> None:
        """Write the remaining row groups, and the end of the file."""
        while self._number < self._file.groups:
            self._write()
        self._file.close(self._writer)

    def abandon(self) -> None:
        """Stop writing."""
        self._file.abandon(self._writer)

    def _current(self) -> Any:
        if self._group is None:
            self._group = self._file.group(self._number)
        return self._group

    def _write(self) -> None:
        self._file.write(self._writer, self._current(), self._columns)
        self._number += 1
        self._group = None
        self._columns = {}
