"""Finds capitalised full names. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# ``re`` has no class for "upper-case letter": spell it out for Latin, Greek and Cyrillic.
_LETTERS = [chr(code) for code in range(0x530) if chr(code).isalpha()]
_UPPER = "".join(letter for letter in _LETTERS if letter.isupper())
_LOWER = "".join(letter for letter in _LETTERS if letter.islower())
_NAME = rf"[{_UPPER}][{_LOWER}]{{1,30}}(?:['\u2019-]?[{_UPPER}][{_LOWER}]{{1,30}}){{0,2}}"
_NAMES = re.compile(
    rf"(?<![\w'\u2019.@/-])(?:[{_UPPER}]['\u2019])?{_NAME}"
    rf"(?: (?:[{_UPPER}]\. )?(?:(?:van|von|der|den|de|da|di|la|le|bin|al) ){{0,2}}"
    rf"(?:[{_UPPER}]['\u2019])?{_NAME}){{1,3}}(?![\w@])"
)
_WORD = re.compile(r"\S+")

# Capitalised words that are not names. Words that can also be a name are left out, because hiding
# an ordinary word does less harm than showing a name.
_NO_NAMES = frozenset(
    # Quoted one by one they would fill the file.
    """
    A About After An And Are As Ask At Avenue Bank Before Best But By Call Can City Client
    Company Contact Corporation Could Customer Dear December Department Did Do Does Dr East
    Email Employee February For Friday From Good Hello Her Hey Hi His How I If In Inc Is It
    January July Kind Let Limited Ltd Mail March Meet Miss Monday Mr Mrs Ms My New No North Not
    November October Of On Or Our Patient Phone Please Prof Professor Project Regards Reply Road
    Saturday Send September She Should Sir South Street Summarise Summarize Sunday Tell Thank
    Thanks That The Their Then There These They This Thursday To Tuesday University User Was We
    Wednesday Were West What When Where Which Who Why With Would Write Yes You Your Yours
    """.split()  # noqa: SIM905
)


def find_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of two words or more that may be a person's name."""
    for match in _NAMES.finditer(text):
        yield from _trimmed(text, *match.span())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Split a run at words that are not names; keep the pieces that still have two words."""
    piece: list[re.Match[str]] = []
    for word in [*_WORD.finditer(text, start, end), None]:
        if word is not None and word[0] not in _NO_NAMES:
            piece.append(word)
            continue
        if len(piece) > 1:
            yield piece[0].start(), piece[-1].end()
        piece = []
