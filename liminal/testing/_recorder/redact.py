"""Redacts what the contract marks as sensitive in requests and answers.

The generated models hide the repr of fields with the contract's ``x-liminal-sensitive``. A redacted
text has the same length, with X, x and 0 for letters and digits, and ¤ for other characters than
ASCII. So offsets in a text stay valid, and placeholders are kept.
"""

from __future__ import annotations

import re
from typing import Any, cast

import attrs

from liminal_api.models import AnalysisFinding, FindingType

_TYPES = "|".join(sorted((member.value for member in FindingType), key=len, reverse=True))
_PLACEHOLDER = re.compile(rf"(?<![A-Za-z0-9_])(?:{_TYPES})_[0-9]+(?![0-9])")


def masked(text: str) -> str:
    """Replace all but placeholders, spaces and ASCII punctuation by X, x, 0 and ¤."""
    made, end = "", 0
    for found in _PLACEHOLDER.finditer(text):
        made += "".join(map(_form, text[end : found.start()])) + found[0]
        end = found.end()
    return made + "".join(map(_form, text[end:]))


def _form(letter: str) -> str:
    if not letter.isascii():  # and still not ASCII, so that a placeholder beside it stays one
        return " " if letter.isspace() else "¤"
    if letter.isdecimal():
        return "0"
    if letter.isalpha():
        return "X" if letter.isupper() else "x"
    return letter


def redacted(value: object) -> Any:
    """Return a model, or a list, without sensitive data and unknown fields."""
    if isinstance(value, list):
        return [redacted(item) for item in cast("list[object]", value)]
    kind: Any = type(value)
    if not attrs.has(kind):
        return value
    changes: dict[str, Any] = {}
    for name, shown in _fields(kind):
        held = getattr(value, name)
        if name == "additional_properties":
            changes[name] = {}
        else:
            changes[name] = redacted(held) if shown else _hidden(held)
    return attrs.evolve(cast("Any", value), **changes)


def _fields(kind: Any) -> list[tuple[str, bool]]:
    """Return the names of a model's fields, and whether their values may be shown."""
    return [(str(field.name), field.repr is True) for field in attrs.fields(kind)]


def _hidden(value: object) -> Any:
    """Mask all texts within a sensitive value, and leave out values of other types."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value)
        return {masked(name): _hidden(item) for name, item in pairs.items()}
    return None


def resplit(pieces: list[str]) -> list[str]:
    """Redact a text in pieces as a whole, so that a placeholder across two of them is kept."""
    whole, made = masked("".join(pieces)), list[str]()
    for piece in pieces:
        made.append(whole[: len(piece)])
        whole = whole[len(piece) :]
    return made


def restored(value: object, prompt: str) -> Any:
    """Return an answer whose findings have the prompt's texts, where the forms agree."""
    if isinstance(value, list):
        return [restored(item, prompt) for item in cast("list[object]", value)]
    if isinstance(value, AnalysisFinding):
        text = prompt[value.start : value.end]
        return attrs.evolve(value, text=text) if masked(text) == value.text else value
    kind: Any = type(value)
    if not attrs.has(kind):
        return value
    changes = {name: restored(getattr(value, name), prompt) for name, _ in _fields(kind)}
    return attrs.evolve(cast("Any", value), **changes)
