"""CSV: the named columns, or all. Dialect, quotes and all other bytes are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO, Final, NamedTuple

from .dialects import Dialect, Field, Malformed, candidates, names_of
from .lines import LONGEST, Line, lines
from .slots import BytesRewriting, FileProblemError, Span

# Bytes of the sample from which the dialect is detected.
_SAMPLE: Final = 1 << 18


class Record(NamedTuple):
    """A record, of one line or several: ``content`` begins at ``start`` in the file."""

    number: int
    start: int
    content: bytes
    fields: list[Field]

    def raw(self, field: Field) -> bytes:
        """Return the bytes of one of its fields."""
        return self.content[field.start : field.end]


class Delimited:
    """A file of records. ``columns`` are names in its first one, or all of them numbers from 1.

    None stands for all columns. The first record is left as it is if it has the names.
    """

    def __init__(self, name: str, columns: Sequence[str] | None) -> None:
        self._name = name
        numbers = columns is not None and all(one.isdecimal() for one in columns)
        self._numbers = {int(one) - 1 for one in columns} if columns and numbers else None
        self._names = [] if columns is None or numbers else list(columns)
        self._dialect = Dialect(b",")

    def check(self, source: BinaryIO) -> None:
        """Detect the dialect in which the whole file can be read."""
        problem: FileProblemError | None = None
        for dialect in candidates(self._name, _sample(source), self._names):
            self._dialect = dialect
            source.seek(0)
            try:
                for _ in self.slots(source):
                    pass
                return
            except FileProblemError as error:
                problem = problem or error
        raise problem or FileProblemError("its quotes are not those of a CSV file")

    def slots(self, source: BinaryIO) -> Iterator[Span]:
        """Yield the fields of the columns, record by record."""
        found = records(source, self._dialect)
        header = next(found, None)
        if header is None:
            return
        chosen = self._chosen(header)
        if not self._names:
            yield from self._spans(header, chosen)
        highest = len(header.fields)
        for record in found:
            highest = max(highest, len(record.fields))
            if self._names:
                _require_columns(record, len(header.fields))
            yield from self._spans(record, chosen)
        numbers = self._numbers or ()
        missing = [number + 1 for number in numbers if not 0 <= number < highest]
        if missing:
            raise FileProblemError(f"it has no column {min(missing)}")

    def rewriting(self, source: BinaryIO, target: BinaryIO) -> BytesRewriting:
        """Copy everything but the replaced fields."""
        return BytesRewriting(source, target)

    def _chosen(self, header: Record) -> set[int] | None:
        """Return the positions of the columns; None for all."""
        if not self._names:
            return self._numbers
        names = names_of(self._dialect, header.content, header.fields)
        for name in self._names:
            if name not in names:
                raise FileProblemError(f"its first line has no column {name}")
        return {position for position, name in enumerate(names) if name in self._names}

    def _spans(self, record: Record, chosen: set[int] | None) -> Iterator[Span]:
        for position, field in enumerate(record.fields):
            if chosen is not None and position not in chosen:
                continue
            text = self._dialect.decode(record.raw(field), is_quoted=field.is_quoted)
            if text.strip():
                encode = _encoder(self._dialect, is_quoted=field.is_quoted)
                start, end = record.start + field.start, record.start + field.end
                yield Span(text, start, end, encode)


def _encoder(dialect: Dialect, *, is_quoted: bool) -> Callable[[str], bytes]:
    return partial(dialect.encode, is_quoted=is_quoted)


def _require_columns(record: Record, count: int) -> None:
    """Refuse a record that is longer than the header, since its columns may be misread."""
    if any(record.raw(field).strip() for field in record.fields[count:]):
        raise FileProblemError(f"line {record.number} has more fields than the first line")


def _sample(source: BinaryIO) -> bytes:
    """Return the beginning of the file, up to a line end."""
    found: list[bytes] = []
    for line in lines(source):
        found.append(line.content)
        if line.start > _SAMPLE:
            break
    return b"".join(found)


def records(source: BinaryIO, dialect: Dialect) -> Iterator[Record]:
    """Yield the records of a file; FileProblemError if its quotes can't be read."""
    reading = _Lines(lines(source))
    while reading.more(1):
        at = 0
        while at < len(reading.content):
            found = _record(dialect, reading, at)
            while found is None:
                # Twice as much each time, so that a long field is not scanned in quadratic time.
                if not reading.more(len(reading.content)):
                    raise FileProblemError(f"line {reading.number_at(at)}: a quote is never closed")
                found = _record(dialect, reading, at)
            fields, end = found
            moved = [Field(one.start - at, one.end - at, one.is_quoted) for one in fields]
            content = reading.content[at:end]
            yield Record(reading.number_at(at), reading.start + at, content, moved)
            at = end
        reading.clear()


class _Lines:
    """Successive lines, as one piece of the file."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._lines: deque[tuple[int, int]] = deque()  # the start of each line, and its number
        self.start = 0
        self.content = b""

    def more(self, count: int) -> bool:
        """Read more lines, with at least so many bytes; False at the end of the file."""
        added: list[bytes] = []
        size = 0
        while size < count and (line := next(self._source, None)) is not None:
            if not self.content and not added:
                self.start = line.start
            self._lines.append((line.start - self.start, line.number))
            added.append(line.content)
            size += len(line.content)
        self.content += b"".join(added)
        if len(self.content) > LONGEST:
            raise FileProblemError(
                f"line {self._lines[0][1]}: a quote is still open after {LONGEST >> 20} MiB"
            )
        return bool(added)

    def number_at(self, at: int) -> int:
        """Return the number of the line at a position. Positions must ascend."""
        while len(self._lines) > 1 and self._lines[1][0] <= at:
            self._lines.popleft()
        return self._lines[0][1]

    def clear(self) -> None:
        """Drop the lines that were read."""
        self._lines.clear()
        self.content = b""


def _record(dialect: Dialect, reading: _Lines, at: int) -> tuple[list[Field], int] | None:
    try:
        return dialect.record(reading.content, at)
    except Malformed:
        pass
    raise FileProblemError(
        f"line {reading.number_at(at)}: there is a quote in the middle of a field"
    )
