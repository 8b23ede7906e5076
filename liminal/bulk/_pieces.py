"""Splits a long text into pieces that the service accepts, preferably between paragraphs.

The pieces join to the text. Cleanse them in one thread, so that placeholders agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from liminal._calls.arguments.options import check_count

# Characters. The contract names no limit. Services that detect personal data take 5,000 to 100,000
# in a call, and answer short texts sooner; few paragraphs are longer than this.
LONGEST: Final = 10_000

# Where a text is split, best first: after an empty line, a line, a sentence, an item of a list, a
# word. Only the last can divide names, which are not recognized then. A carriage return counts as
# a line end only if no line feed follows.
_LINE_END: Final = r"(?:\r\n|\n|\r(?!\n))"
_CUTS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_LINE_END}[ \t]*{_LINE_END}",
        _LINE_END,
        r"(?:[.!?\u2026]\s+(?<!\r(?=\n))|[\u3002\uff01\uff1f])",
        r"[;|\t\uff1b] ?",
        r"(?:, |[\u3001\uff0c])",
        r"\s(?<!\r(?=\n))",
    )
)


def pieces(text: str, longest: int = LONGEST) -> list[str]:
    """Split the text into pieces of at most ``longest`` characters; none if it is empty.

    LiminalError if ``longest`` is less than 2.

        "".join(pieces(text)) == text
    """
    return list(pieces_of((text,), longest))


def pieces_of(chunks: Iterable[str], longest: int = LONGEST) -> Iterator[str]:
    """Like ``pieces``, for a text in chunks. The pieces don't depend on where the chunks end.

    At most ``longest`` characters and one chunk are in memory.
    """
    check_count("longest", longest, least=2)  # a line end of two characters is never divided
    waiting = ""
    for chunk in chunks:
        waiting, at = waiting + chunk, 0
        while len(waiting) - at > longest:
            end = at + _end(waiting[at : at + longest + 1], longest)
            yield waiting[at:end]
            at = end
        waiting = waiting[at:]
    if waiting:
        yield waiting


def _end(text: str, longest: int) -> int:
    """Return the end of the first piece of a longer text, as close to the limit as possible."""
    for pattern in _CUTS:
        found = pattern.finditer(text, longest // 2, longest + 1)
        ends = [end for match in found if (end := match.end()) <= longest]
        if ends:
            return ends[-1]
    # There is no space: divide the word, but not a line end.
    return longest - 1 if text[longest - 1 : longest + 1] == "\r\n" else longest
