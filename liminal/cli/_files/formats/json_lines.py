"""JSON Lines: strings, at the paths that were asked for, or all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from liminal.errors import LiminalError

from .lines import Line, lines
from .slots import BytesRewriting, FileProblemError, Span

# The keys that lead to a value; None for any item of a list.
Path: TypeAlias = tuple[str | None, ...]

_STEP: Final = re.compile(r"\[\]|(?:\\.|[^.\[\]\\])+")
_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def parsed(field: str) -> Path:
    """The path that ``user.note`` or ``items[].text`` stands for; LiminalError for a wrong one.

    A backslash before a dot or bracket makes it part of a name.
    """
    path: list[str | None] = []
    at = 0
    while at < len(field) or not path:
        step = _STEP.match(field, at)
        if step is None:
            raise LiminalError(f"{field!r} is no path of a field: write user.note or items[].text")
        name = step[0]
        path.append(None if name == "[]" else re.sub(r"\\(.)", r"\1", name))
        at = step.end()
        # A dot stands between names, and may stand before brackets.
        if field.startswith(".", at) and at + 1 < len(field):
            at += 1
        elif at < len(field) and not field.startswith("[", at):
            raise LiminalError(f"{field!r} is no path of a field: write user.note or items[].text")
    return tuple(path)


class Fields:
    """The fields that were asked for, and which of them some file has. None stands for all."""

    def __init__(self, fields: Sequence[str] | None) -> None:
        self._paths = None if fields is None else {parsed(field): field for field in fields}
        self.missing = dict(self._paths or {})

    def select(self, path: Path) -> str | None:
        """The field that has this value or is it; None if that was not asked for."""
        if self._paths is None:
            return ""
        for length in range(len(path) + 1):
            if path[:length] in self._paths:
                self.missing.pop(path[:length], None)
                return self._paths[path[:length]]
        return None

    def is_one(self, path: Path) -> bool:
        """Whether just this value was asked for, rather than what holds it."""
        return self._paths is not None and path in self._paths


class JsonLines:
    """A file with a JSON document on each line."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def check(self, source: BinaryIO) -> None:
        """Nothing has to be found out."""

    def slots(self, source: BinaryIO) -> Iterator[Span]:
        """The strings of all lines."""
        for line in lines(source):
            if not line.content.isspace():
                yield from self._strings(line)

    def rewriting(self, source: BinaryIO, target: BinaryIO) -> BytesRewriting:
        """Copy what is not replaced."""
        return BytesRewriting(source, target)

    def _strings(self, line: Line) -> Iterator[Span]:
        _require_json(line)
        for path, at, token in _values(line.content):
            field = self._fields.select(path)
            if field is None:
                continue
            if token.startswith(b'"'):
                text = json.loads(token)
                if text.strip():
                    start = line.start + at
                    yield Span(text, start, start + len(token), _encoder(token))
            elif self._fields.is_one(path) and token not in {b"null", b"true", b"false"}:
                raise FileProblemError(
                    f"line {line.number}: {field} is a number, and only strings can be cleansed"
                )


class _Value(NamedTuple):
    path: Path
    start: int
    token: bytes


def _values(content: bytes) -> Iterator[_Value]:
    """The strings, numbers and names of a line that is valid JSON, without the keys."""
    path: list[str | None] = []  # of the value that comes next; one element for each container
    kinds: list[bytes] = []
    is_key = False
    for found in _TOKEN.finditer(content):
        token = found[0]
        if token in {b"{", b"["}:
            kinds.append(token)
            path.append("" if token == b"{" else None)
            is_key = token == b"{"
        elif token in {b"}", b"]"}:
            kinds.pop()
            path.pop()
            is_key = False
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
    """Write letters beyond ASCII as the original does: as they are, or escaped."""
    return partial(_encode, is_ascii=token.isascii())


def _encode(text: str, *, is_ascii: bool) -> bytes:
    return json.dumps(text, ensure_ascii=is_ascii).encode()
