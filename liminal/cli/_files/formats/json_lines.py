"""JSON Lines: the strings of the fields that the user named, or all strings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from liminal.errors import LiminalError

from .lines import Line, lines
from .slots import BytesRewriting, FileProblemError, Span

# The keys that lead to a value; None stands for any item of a list.
Path: TypeAlias = tuple[str | None, ...]

_STEP: Final = re.compile(r"\[\]|(?:\\.|[^.\[\]\\])+")
_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_EMPTY: Final = {b"null", b"}", b"]"}
_NOT_A_PATH: Final = "{!r} is not the path of a field: write user.note or items[].text"


def parsed(field: str) -> Path:
    """Parse a field such as ``user.note`` or ``items[].text``; LiminalError if it is invalid.

    A dot or bracket after a backslash is part of the name.
    """
    path: list[str | None] = []
    at = 0
    while at < len(field) or not path:
        step = _STEP.match(field, at)
        if step is None:
            raise LiminalError(_NOT_A_PATH.format(field))
        name = step[0]
        path.append(None if name == "[]" else re.sub(r"\\(.)", r"\1", name))
        at = step.end()
        # A dot stands between names, and may stand before brackets.
        if field.startswith(".", at) and at + 1 < len(field):
            at += 1
        elif at < len(field) and not field.startswith("[", at):
            raise LiminalError(_NOT_A_PATH.format(field))
    return tuple(path)


class Fields:
    """The fields that the user named; None stands for all. ``missing`` are those not seen yet."""

    def __init__(self, fields: Sequence[str] | None) -> None:
        self._paths = None if fields is None else {parsed(field): field for field in fields}
        self.missing = dict(self._paths or {})

    def select(self, path: Path, *, is_empty: bool = False) -> bool:
        """Whether the value at ``path`` is a named field or within one.

        An empty value also stands for the fields that it could hold.
        """
        if self._paths is None:
            return True
        found = [
            field
            for field in self._paths
            if field == path[: len(field)] or (is_empty and path and path == field[: len(path)])
        ]
        for field in found:
            self.missing.pop(field, None)
        return bool(found)

    def name(self, path: Path) -> str | None:
        """The name of the field at exactly this path; None if the user named none."""
        return (self._paths or {}).get(path)

    def __str__(self) -> str:
        return " or ".join((self._paths or {}).values())


class JsonLines:
    """A file with a JSON document on each line."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def check(self, source: BinaryIO) -> None:
        """JSON Lines have no dialects."""

    def slots(self, source: BinaryIO) -> Iterator[Span]:
        """The strings of all lines; FileProblemError if there are lines, but none of the fields."""
        has_lines = has_fields = False
        for line in lines(source):
            if line.content.isspace():
                continue
            has_lines = True
            _require_json(line)
            for path, at, token in _values(line.content):
                if self._fields.select(path, is_empty=token in _EMPTY):
                    has_fields = True
                    yield from self._span(line, path, at, token)
        if has_lines and not has_fields and str(self._fields):
            raise FileProblemError(f"no line has the field {self._fields}")

    def rewriting(self, source: BinaryIO, target: BinaryIO) -> BytesRewriting:
        """Copy everything but the replaced strings."""
        return BytesRewriting(source, target)

    def _span(self, line: Line, path: Path, at: int, token: bytes) -> Iterator[Span]:
        if token.startswith(b'"'):
            text = json.loads(token)
            if text.strip():
                start = line.start + at
                yield Span(text, start, start + len(token), _encoder(token))
        elif token not in {*_EMPTY, b"true", b"false"} and (name := self._fields.name(path)):
            raise FileProblemError(
                f"line {line.number}: {name} is a number, and only strings can be cleansed"
            )


class _Value(NamedTuple):
    path: Path
    start: int
    token: bytes


def _values(content: bytes) -> Iterator[_Value]:
    """Yield the scalars of a line of valid JSON, and the ends of its empty containers."""
    path: list[str | None] = []  # of the next value; one element for each container
    kinds: list[bytes] = []
    is_key = False
    token = b""
    for found in _TOKEN.finditer(content):
        previous, token = token, found[0]
        if token in {b"{", b"["}:
            kinds.append(token)
            path.append("" if token == b"{" else None)
            is_key = token == b"{"
        elif token in {b"}", b"]"}:
            kinds.pop()
            path.pop()
            is_key = False
            if previous in {b"{", b"["}:
                yield _Value(tuple(path), found.start(), token)
        elif token == b",":
            is_key = kinds[-1] == b"{"
        elif token == b":":
            is_key = False
        elif is_key:
            path[-1] = json.loads(token)
        else:
            yield _Value(tuple(path), found.start(), token)


def _require_json(line: Line) -> None:
    try:
        json.loads(line.content.decode())
        return
    except (ValueError, RecursionError):
        pass
    raise FileProblemError(f"line {line.number} is not JSON")


def _encoder(token: bytes) -> Callable[[str], bytes]:
    """Return a function that escapes non-ASCII characters if the original does."""
    return partial(_encode, is_ascii=token.isascii())


def _encode(text: str, *, is_ascii: bool) -> bytes:
    return json.dumps(text, ensure_ascii=is_ascii).encode()
