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
_NAME = rf"[{_UPPER}][{_LOWER}]{{1,30}}(?:['’-]?[{_UPPER}][{_LOWER}]{{1,30}}){{0,2}}"
_NAMES = re.compile(
    rf"(?<![\w'’.@/-])(?:[{_UPPER}]['’])?{_NAME}"
    rf"(?: (?:[{_UPPER}]\. )?(?:(?:van|von|der|den|de|da|di|la|le|bin|al) ){{0,2}}"
    rf"(?:[{_UPPER}]['’])?{_NAME}){{1,3}}(?![\w@])"
)
_WORD = re.compile(r"\S+")

# Capitalised words that stand beside names, or look like one, and are none.
_NO_NAMES = frozenset(
    """
    A About After An And Are As Ask At Avenue Bank Before Best But By Call Can City Client Company
    Contact Corporation Could Customer Dear Department Did Do Does Dr Email Employee For From Good
    Hello Her Hey Hi His How I If In Inc Is It Kind Let Limited Ltd Mail Meet Miss Monday Tuesday
    Wednesday Thursday Friday Saturday Sunday January February March April June July August
    September October November December Mr Mrs Ms My New North South East West No Not Of On Or Our
    Patient Phone Please Prof Professor Project Regards Reply Road Send She Should Sir Street Summarise
    Summarize Tell Thank Thanks That The Their Then There These They This To University User Was We
    Were What When Where Which Who Why Will With Would Write Yes Yours You Your
    """.split()
)


def find_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of two words or more that may be a person's name."""
    for match in _NAMES.finditer(text):
        yield from _trimmed(text, *match.span())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a run at words that are no names; keep the pieces that still have two words."""
    piece: list[re.Match[str]] = []
    for word in [*_WORD.finditer(text, start, end), None]:
        if word is not None and word[0] not in _NO_NAMES:
            piece.append(word)
            continue
        if len(piece) > 1:
            yield piece[0].start(), piece[-1].end()
        piece = []
