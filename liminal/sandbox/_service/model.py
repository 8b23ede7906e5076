"""The built-in model: a pure function from prompt to answer."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]{1,60}_[0-9]{1,9}(?![A-Za-z0-9_])")
_PIECE = re.compile(r"\s*\S+\s*")


def answer(prompt: str) -> str:
    """Answer a cleansed prompt with its size and the names of its placeholders."""
    words = len(prompt.split())
    names = list(dict.fromkeys(_PLACEHOLDER.findall(prompt)))
    noun, pronoun, verb = ("word", "it", "mentions") if words == 1 else ("words", "them", "mention")
    read = f"Thank you. I have read your {words} {noun}"
    if not names:
        return f"{read}, and nothing in {pronoun} was hidden from me."
    return f"{read}, which {verb} {_listed(names)}. I will write to {names[0]} about it."


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def pieces(text: str) -> list[str]:
    """Split an answer into words with the whitespace after them."""
    return _PIECE.findall(text) or [text]
