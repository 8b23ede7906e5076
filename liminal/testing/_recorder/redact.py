"""Takes what is sensitive out of requests and answers, as the contract marks it. Pure.

The contract's ``x-liminal-sensitive`` is in the generated models: such a field's repr is hidden.
A redacted text has the form of the true one: as many characters, with X, x and 0 for letters and
digits, and ¤ for what is not ASCII. So places in a text stay right, and placeholders are kept.
"""

from __future__ import annotations

import re
from typing import Any, cast

import attrs

from liminal_api.models import AnalysisFinding, FindingType

_TYPES = "|".join(sorted((member.value for member in FindingType), key=len, reverse=True))
_PLACEHOLDER = re.compile(rf"(?<![A-Za-z0-9_])(?:{_TYPES})_[0-9]+(?![0-9])")


def masked(text: str) -> str:
    """A text's form: placeholders, spaces and ASCII punctuation, and otherwise X, x, 0 and ¤."""
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
    """A model, or a list of them, without what the contract calls sensitive or does not know."""
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
    """The names of a model's fields, and whether their values are shown."""
    return [(str(field.name), field.repr is True) for field in attrs.fields(kind)]


def _hidden(value: object) -> Any:
    """All texts within a sensitive value, masked; a value of another kind is left out."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value)
        return {masked(name): _hidden(item) for name, item in pairs.items()}
    return None


def resplit(pieces: list[str]) -> list[str]:
    """The pieces of a text, redacted as a whole, so that a placeholder in two of them is kept."""
    whole, made = masked("".join(pieces)), list[str]()
    for piece in pieces:
        made.append(whole[: len(piece)])
        whole = whole[len(piece) :]
    return made


def restored(value: object, prompt: str) -> Any:
    """An answer whose findings have the texts of this prompt, where they have their form."""
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
