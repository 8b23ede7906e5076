"""The dialects of CSV: delimiters and quoting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from .slots import FileProblemError

_QUOTE: Final = b'"'
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


class Field(NamedTuple):
    """A field, from ``start`` to ``end`` in its record, and whether it is quoted."""

    start: int
    end: int
    is_quoted: bool


class Malformed(Exception):  # noqa: N818 - caught where another dialect is tried
    """A quoted field is not followed by a delimiter."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Quotes within quotes are doubled, or with ``escapes`` also preceded by a backslash."""

    delimiter: bytes
    escapes: bool = False
    # Whether spaces may stand between a delimiter and a quote.
    skips_space: bool = False

    def record(self, content: bytes, at: int) -> tuple[list[Field], int] | None:
        """Return the fields of the record at ``at``, and its end; None if a quote is still open."""
        quoted, plain = _patterns(self)
        fields: list[Field] = []
        while True:
            start = self._after_space(content, at)
            is_quoted = content.startswith(_QUOTE, start)
            found = (quoted if is_quoted else plain).match(content, start if is_quoted else at)
            if found is None:
                return None
            fields.append(Field(found.start(), found.end(), is_quoted))
            at = found.end()
            if not content.startswith(self.delimiter, at):
                return fields, _line_end(content, at)
            at += 1

    def decode(self, raw: bytes, *, is_quoted: bool) -> str:
        """Return the text of a field."""
        text = raw.decode()
        if not is_quoted:
            return text
        text = text[1:-1].replace('""', '"')
        # Other sequences, such as those for line ends, are not decoded.
        return _ESCAPED.sub(_unescaped, text) if self.escapes else text

    def encode(self, text: str, *, is_quoted: bool) -> bytes:
        """Encode a text as a field, quoted if it was quoted before or has to be."""
        raw = text.encode()
        if is_quoted or self._needs_quotes(raw):
            is_quoted = True
            raw = b'"%s"' % raw.replace(_QUOTE, b'\\"' if self.escapes else b'""')
        if self._reads_back(raw, text, is_quoted=is_quoted):
            return raw
        raise FileProblemError("a result can't be represented with the quoting of this file")

    def _reads_back(self, raw: bytes, text: str, *, is_quoted: bool) -> bool:
        try:
            found = self.record(raw, 0)
        except Malformed:
            return False
        return found == ([Field(0, len(raw), is_quoted)], len(raw)) and (
            self.decode(raw, is_quoted=is_quoted) == text
        )

    def _needs_quotes(self, raw: bytes) -> bool:
        return any(special in raw for special in (self.delimiter, _QUOTE, b"\r", b"\n"))

    def _after_space(self, content: bytes, at: int) -> int:
        while self.skips_space and content.startswith(b" ", at):
            at += 1
        return at


def _unescaped(found: re.Match[str]) -> str:
    return '"' if found[1] == '"' else found[0]


def _line_end(content: bytes, at: int) -> int:
    """Return the end of the record whose last field ends at ``at``."""
    if content.startswith(b"\r\n", at):
        return at + 2
    if at == len(content) or content[at] in b"\r\n":
        return min(at + 1, len(content))
    raise Malformed


@lru_cache(32)
def _patterns(dialect: Dialect) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return the patterns of a quoted field, up to its closing quote, and of an unquoted one."""
    inner = rb'[^"]*+(?:""[^"]*+)*+'
    if dialect.escapes:
        inner = rb'[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+'
    return (
        re.compile(b'"%s"' % inner, re.DOTALL),
        re.compile(rb"[^\r\n%s]*" % re.escape(dialect.delimiter)),
    )


class _Likelihood(NamedTuple):
    """How well a dialect fits the beginning of a file; the greatest value is the best."""

    has_columns: bool
    # 2: several columns, and no record has more than the first. 1: one column. 0: anything else.
    shape: int
    width: int
    doubles: bool
    is_tight: bool


def candidates(name: str, sample: bytes, columns: Sequence[str]) -> list[Dialect]:
    """The dialects in which the beginning of a file can be read, the most likely first.

    All have the same delimiter. ``name`` is the file's, ``columns`` are names that its first record
    has.
    """
    delimiters = (b"\t",) if name.lower().endswith(".tsv") else (b",", b";", b"\t", b"|")
    likely: list[tuple[_Likelihood, Dialect]] = []
    is_doubtful = False
    for delimiter in delimiters:
        found = _of_delimiter(delimiter, sample, columns)
        likely += found
        # With this one, the first record has several fields, and a later one can't be read.
        is_doubtful |= not found and delimiter in sample.partition(b"\n")[0]
    likely.sort(key=lambda one: one[0], reverse=True)
    if not likely or (is_doubtful and likely[0][0].shape < 2):
        return []
    return [one for _, one in likely if one.delimiter == likely[0][1].delimiter]


def _of_delimiter(
    delimiter: bytes, sample: bytes, columns: Sequence[str]
) -> list[tuple[_Likelihood, Dialect]]:
    variants = [
        Dialect(delimiter, escapes, skips_space)
        for escapes in (False, True)
        for skips_space in (False, True)
    ]
    found = [(_likelihood(dialect, sample, columns), dialect) for dialect in variants]
    return [(likelihood, dialect) for likelihood, dialect in found if likelihood is not None]


def _likelihood(dialect: Dialect, sample: bytes, columns: Sequence[str]) -> _Likelihood | None:
    """Rate a dialect; None if the sample can't be read with it."""
    records: list[list[Field]] = []
    at = 0
    try:
        while at < len(sample) and len(records) < 50 and (found := dialect.record(sample, at)):
            records.append(found[0])
            at = found[1]
    except Malformed:
        return None
    widths = [_width(fields) for fields in records] or [0]
    names = names_of(dialect, sample, records[0]) if records else []
    shape = 2 if widths[0] > 1 and max(widths) == widths[0] else 1 if max(widths) <= 1 else 0
    return _Likelihood(
        has_columns=set(columns) <= set(names),
        shape=shape,
        width=widths[0] if shape == 2 else 0,
        doubles=not dialect.escapes,
        is_tight=not dialect.skips_space,
    )


def _width(fields: Sequence[Field]) -> int:
    """Return the number of fields up to the last that is not empty."""
    return max((number for number, one in enumerate(fields, 1) if one.end > one.start), default=0)


def names_of(dialect: Dialect, content: bytes, fields: Sequence[Field]) -> list[str]:
    """Return the names of the fields of a header."""
    return [
        dialect.decode(content[one.start : one.end], is_quoted=one.is_quoted).strip()
        for one in fields
    ]
