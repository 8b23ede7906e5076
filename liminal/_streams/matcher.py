"""Replaces placeholders by the original text, in a whole text or in what has arrived of a stream.

A placeholder counts if no ASCII letter, digit or underscore stands directly before it, and no digit
directly after it. Of several that begin at the same place, the longest one counts.
"""

from __future__ import annotations

import re
from json.encoder import encode_basestring_ascii
from typing import Final, Literal

from .names import PENDING, Names, exact_end, folded_end

Escape = Literal["json"]

_BRACKETS: Final = {"[": "]", "<": ">", "{": "}"}
_OPENING: Final = r"(?:\[{1,2}|<{1,2}|\{{1,2})"
_WORD: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_JSON_ESCAPE: Final = r"\\(?:u[0-9A-Fa-f]{4}|[^u])"
_JSON_SHORT: Final = frozenset("bfnrt")  # stands for a control character
_LONGEST_JSON_ESCAPE: Final = len(r"\u0000")


# The hydrated text; the index up to which it reaches, since the rest depends on later text; and
# the index from which the text must be passed in again, together with the later text.
Hydrated = tuple[str, int, int]

# Where a name was found: start, end, and the name, or None if the text there stays as it is.
_Place = tuple[int, int, str | None]


class Matcher:
    """Finds the names of one table in one way of writing them. The table may grow meanwhile."""

    def __init__(
        self, names: Names, *, escape: Escape | None = None, lenient: bool = False
    ) -> None:
        self._names = names
        self._is_json = escape == "json"
        self._is_lenient = lenient
        self._slashes = 2 if self._is_json else 1  # JSON writes a backslash as two
        self._initials = -1
        self._starts = self._starts_here = re.compile("")

    def hydrate(self, text: str, begin: int, *, more: bool) -> Hydrated:
        """Hydrate ``text`` from ``begin`` on; the text before it is only context.

        Nothing is held back unless ``more`` is to come.
        """
        if len(self._names.exact) != self._initials:
            self._compile()
        start = self._next_start(text, 0 if self._is_json else begin)
        if start < 0:
            return text[begin:], len(text), self._context(text, len(text))
        pieces: list[str] = []
        done, held = begin, len(text)
        while start >= 0:
            position = start + 1
            if start >= begin:  # else it is an escape in the context, found only to skip it
                first, end, name = self._read(text, start, more=more)
                if end == PENDING:
                    held = start
                    break
                position = max(position, end)
                if name is not None:
                    pieces += text[done:first], self._text_of(name)
                    done = end
            start = self._next_start(text, position)
        pieces.append(text[done:held])
        return "".join(pieces), held, self._context(text, held)

    def _compile(self) -> None:
        self._initials = len(self._names.exact)
        letters = "".join(self._names.exact)
        if self._is_lenient:
            letters = letters.lower() + letters.upper()
        first = f"[{letters}]" if letters else "(?!)"
        starts, starts_here = f"(?<![A-Za-z0-9_]){first}", first
        if self._is_lenient:
            starts = rf"{_OPENING}?{starts}|{_OPENING}\Z"
            starts_here = rf"{_OPENING}?{first}|{_OPENING}\Z"
        if self._is_json:
            starts = f"({_JSON_ESCAPE})|{starts}"
        self._starts, self._starts_here = re.compile(starts, re.DOTALL), re.compile(starts_here)

    def _next_start(self, text: str, position: int) -> int:
        """The next index, from ``position`` on, where a known name may begin; -1 if none."""
        match = self._starts.search(text, position)
        while match is not None and self._is_json and match[1] is not None:
            position = match.end()
            if not _is_word(match[1]) and self._starts_here.match(text, position):
                return position
            match = self._starts.search(text, position)
        return -1 if match is None else match.start()

    def _read(self, text: str, start: int, *, more: bool) -> _Place:
        if self._is_lenient:
            return self._read_leniently(text, start, more=more)
        end = exact_end(self._names.exact, text, start, more=more, slashes=self._slashes)
        return start, end, (text[start:end].replace("\\", "") if end > 0 else None)

    def _read_leniently(self, text: str, start: int, *, more: bool) -> _Place:
        opened = _run(text, start, text[start], 2) if text[start] in _BRACKETS else 0
        inner = start + opened
        end, name = folded_end(self._names.folded, text, inner, more=more, slashes=self._slashes)
        if end == PENDING:
            return start, PENDING, None
        if name is None or not opened:
            return inner, end, name
        closed = _run(text, end, _BRACKETS[text[start]], opened)
        if more and closed < opened and end + closed == len(text):
            return start, PENDING, None
        return inner - closed, end + closed, name

    def _text_of(self, name: str) -> str:
        text = self._names.texts[name]
        return encode_basestring_ascii(text)[1:-1] if self._is_json else text

    def _context(self, text: str, held: int) -> int:
        """The index from which the text decides whether a name may begin at ``held``."""
        if self._is_json:
            slash = text.rfind("\\", max(0, held - _LONGEST_JSON_ESCAPE), held)
            if slash >= 0:
                slashes = slash + 1 - len(text[: slash + 1].rstrip("\\"))
                return slash - (slashes % 2 == 0)  # two are an escape, and one begins another
        return max(0, held - 1)


def _run(text: str, start: int, character: str, most: int) -> int:
    """How often ``character`` is repeated from ``start`` on, at most ``most`` times."""
    last = min(start + most, len(text))
    end = start
    while end < last and text[end] == character:
        end += 1
    return end - start


def _is_word(escape: str) -> bool:
    """Whether a JSON escape stands for an ASCII letter, digit or underscore."""
    if len(escape) == _LONGEST_JSON_ESCAPE:
        return chr(int(escape[-4:], 16)) in _WORD
    return escape[1] in _WORD and escape[1] not in _JSON_SHORT
