"""Cuts a long text into pieces that the service takes, at paragraphs where it can."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from liminal.errors import APIStatusError

T = TypeVar("T")

# Characters. The contract names no limit. A model's context is about as long, and an analysis of
# more takes so long that a gateway may give up.
LARGEST: Final = 100_000
# Shorter pieces would not be what the service objects to.
SMALLEST: Final = 256
# Where to cut, best first: after a blank line, a line, a sentence, a word.
_ENDS: Final = tuple(
    re.compile(end) for end in (r"\n[ \t]*\r?\n\s*", r"\n", r"[.!?\u2026\u3002]\s+", r"\s+")
)


def cut(text: str, largest: int = LARGEST) -> list[str]:
    """Return pieces of ``text`` of at most ``largest`` characters, which together are the text.

    A piece ends after a blank line if there is one in its second half, else after a line, a
    sentence or a word, else anywhere.
    """
    pieces: list[str] = []
    begin = 0
    while len(text) - begin > largest:
        end = _end(text, begin, largest)
        pieces.append(text[begin:end])
        begin = end
    return [*pieces, text[begin:]]


def _end(text: str, begin: int, largest: int) -> int:
    half, limit = begin + largest // 2, begin + largest
    for pattern in _ENDS:
        ends = [match.end() for match in pattern.finditer(text, half, limit)]
        if ends:
            return ends[-1]
    return limit


def in_pieces(
    text: str, call: Callable[[str], T], largest: int = LARGEST
) -> Iterator[tuple[int, T]]:
    """Call the service with each piece; yield where the piece begins, and the answer.

    A piece that the service finds too large (413) is cut in two and sent again.
    """
    begin = 0
    waiting = cut(text, largest)[::-1]
    while waiting:
        piece = waiting.pop()
        try:
            answer = call(piece)
        except APIStatusError as error:
            if error.status_code != 413 or len(piece) < 2 * SMALLEST:
                raise
            waiting += cut(piece, len(piece) // 2 + 1)[::-1]
            continue
        yield begin, answer
        begin += len(piece)
