"""The only module that uses pyarrow, which has no types: ``Any`` ends here.

It is imported when the first Parquet file is read.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, BinaryIO, Final, Literal

from .slots import FileProblemError

_MISSING: Final = 'pyarrow is not installed: pip install "liminal-sdk-python[parquet]"'
_BROKEN: Final = "it is not a Parquet file that pyarrow can read and write"

# pyarrow's names of codecs for writing, where they differ from those for reading.
_CODECS: Final = {"UNCOMPRESSED": "NONE"}

# A column of texts; one without text; and one that may contain text that can't be cleansed.
Kind = Literal["text", "other", "unknown"]


class ParquetSource:
    """A Parquet file that is read by row groups."""

    def __init__(self, source: BinaryIO) -> None:
        try:
            self._arrow: Any = import_module("pyarrow")
            parquet: Any = import_module("pyarrow.parquet")
        except ImportError:
            raise FileProblemError(_MISSING) from None
        with self.reported():
            self._file: Any = parquet.ParquetFile(source)
            self._schema: Any = self._file.schema_arrow
        self._writer: Any = parquet.ParquetWriter

    @property
    def groups(self) -> int:
        """The number of row groups."""
        count: int = self._file.num_row_groups
        return count

    def kinds(self) -> list[tuple[str, Kind]]:
        """The names of the columns, which need not be unique, and the kinds of their values."""
        return [(field.name, self._kind(field.type)) for field in self._schema]

    def _kind(self, kind: Any) -> Kind:
        types = self._arrow.types
        if types.is_dictionary(kind):
            kind = kind.value_type
        if any(is_it(kind) for is_it in self._text_tests()):
            return "text"
        tests = ("boolean", "integer", "floating", "decimal", "temporal", "null")
        return "other" if any(getattr(types, f"is_{one}")(kind) for one in tests) else "unknown"

    def _text_tests(self) -> list[Any]:
        names = ("is_string", "is_large_string", "is_string_view")
        found = (getattr(self._arrow.types, name, None) for name in names)
        return [one for one in found if one is not None]  # older versions have no view types

    def group(self, number: int) -> Any:
        """Return a row group, for ``texts`` and ``write``."""
        with self.reported():
            return self._file.read_row_group(number)

    def texts(self, group: Any, position: int) -> list[str | None]:
        """Return the texts of a column; None for null."""
        with self.reported():
            values: list[str | None] = group.column(position).to_pylist()
            return values

    def writer(self, target: BinaryIO) -> Any:
        """Begin a file with the same schema, metadata and compression."""
        with self.reported():
            return self._writer(target, self._schema, compression=self._codecs() or "snappy")

    def _codecs(self) -> dict[str, str]:
        about = self._file.metadata
        if not about.num_row_groups:
            return {}
        first = about.row_group(0)
        columns = [first.column(number) for number in range(first.num_columns)]
        named = ((str(one.path_in_schema), str(one.compression)) for one in columns)
        return {path: _CODECS.get(codec, codec) for path, codec in named}

    def write(self, writer: Any, group: Any, columns: Mapping[int, Sequence[str | None]]) -> None:
        """Write a row group with other texts in these columns."""
        with self.reported():
            for position, values in columns.items():
                field = self._schema.field(position)
                group = group.set_column(
                    position, field, self._arrow.array(values, type=field.type)
                )
            writer.write_table(group, row_group_size=max(1, group.num_rows))

    def close(self, writer: Any) -> None:
        """Write the end of a file."""
        with self.reported():
            writer.close()

    def abandon(self, writer: Any) -> None:
        """Keep an abandoned writer from writing the end of the file when it is collected."""
        writer.is_open = False

    @contextmanager
    def reported(self) -> Generator[None]:
        """Translate pyarrow's errors into FileProblemError. Errors of the disk are passed on."""
        try:
            yield
            return
        except (self._arrow.ArrowException, UnicodeError, NotImplementedError):
            pass  # its message may quote values
        except OSError as error:
            if error.errno is not None:
                raise
        raise FileProblemError(_BROKEN)
