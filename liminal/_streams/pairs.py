"""Finds out from a prompt what the placeholders of its cleansed text stand for.

The text between the placeholders has to be the prompt's own. If it can be read in two ways, nothing
is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from liminal.errors import LiminalError

if TYPE_CHECKING:
    from liminal_api.models import CleansedToken

Span = tuple[int, int]

_MISFIT: Final = (
    "the cleansed text is not that of this prompt: the text between its placeholders must be the"
    " prompt's own"
)
_AMBIGUOUS: Final = (
    "what the placeholders stand for can be read in more than one way: pass the findings of this"
    " prompt as well"
)


def pairs_of(
    prompt: str,
    text: str,
    items: Iterable[CleansedToken],
    known: Mapping[str, str],
    findings: Iterable[Span],
) -> dict[str, str]:
    """The names in ``items``, and the parts of ``prompt`` that they stand for in ``text``.

    ``known`` holds the pairs of earlier prompts; ``findings`` where this prompt was sensitive.
    LiminalError if the two texts don't fit together, or fit in several ways.
    """
    names, literals = _parts(text, items)
    spans = _spans_of_findings(prompt, literals, findings)
    if spans is None:
        return _settled(prompt, names, literals, known)
    found: dict[str, str] = {}
    for name, (start, end) in zip(names, spans, strict=True):
        _add(found, name, prompt[start:end])
    return found


def fits(prompt: str, text: str, items: Iterable[CleansedToken]) -> bool:
    """Whether the text between the placeholders is the prompt's own, whatever they stand for."""
    try:
        _, literals = _parts(text, items)
    except LiminalError:
        return False
    return _leftmost(prompt, literals) is not None


def _parts(text: str, items: Iterable[CleansedToken]) -> tuple[list[str], list[str]]:
    """The names in order, and the text before, between and after them."""
    names: list[str] = []
    literals: list[str] = []
    done = 0
    for item in sorted(items, key=lambda one: one.start):
        name = item.entity_type
        if item.start < done or not name or text[item.start : item.end] != name:
            raise LiminalError(
                "the placeholders are not at the positions that the items of the cleansed text give"
            )
        names.append(name)
        literals.append(text[done : item.start])
        done = item.end
    return names, [*literals, text[done:]]


def _add(found: dict[str, str], name: str, text: str) -> None:
    if found.setdefault(name, text) != text:
        raise LiminalError(_MISFIT)


def _spans_of_findings(
    prompt: str, literals: Sequence[str], findings: Iterable[Span]
) -> list[Span] | None:
    """The findings that were replaced by placeholders; None unless exactly one choice fits."""
    ends: dict[int, set[int]] = {}
    for start, end in findings:
        ends.setdefault(start, set()).add(end)
    # For each index that can be reached: in how many ways, and by which findings.
    reached: dict[int, tuple[int, _Trail]] = {}
    if prompt.startswith(literals[0]):
        reached[len(literals[0])] = 1, None
    for literal in literals[1:]:
        steps, reached = reached, {}
        for start, (ways, trail) in steps.items():
            for end in ends.get(start, ()):
                if end > start and prompt.startswith(literal, end):
                    after = end + len(literal)
                    others, _ = reached.get(after, (0, None))
                    reached[after] = ways + others, (trail, (start, end))
    ways, trail = reached.get(len(prompt), (0, None))
    return _spans_of(trail) if ways == 1 else None


# Findings, the last first: linked, since copies of a list would take a second for 20,000 of them.
_Trail = tuple["_Trail", Span] | None


def _spans_of(trail: _Trail) -> list[Span]:
    spans: list[Span] = []
    while trail is not None:
        trail, span = trail
        spans.append(span)
    return spans[::-1]


def _settled(
    prompt: str, names: Sequence[str], literals: Sequence[str], known: Mapping[str, str]
) -> dict[str, str]:
    """What the names stand for, if the literals and what is known allow only one reading."""
    found = {name: known[name] for name in names if name in known}
    while True:
        unknown, fixed = _with_texts(names, literals, found)
        leftmost = _leftmost(prompt, fixed)
        if leftmost is None:
            raise LiminalError(_MISFIT)
        if not unknown:
            return found
        settled: dict[str, str] = {}
        for name, left, right in zip(unknown, leftmost, _rightmost(prompt, fixed), strict=True):
            if left == right:
                _add(settled, name, prompt[left[0] : left[1]])
        if not settled:
            raise LiminalError(_AMBIGUOUS)
        # A name that is settled in one place is fixed text in the others.
        found |= settled


def _with_texts(
    names: Sequence[str], literals: Sequence[str], found: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """The names that are not found yet, and the text between them, with that of those found."""
    unknown: list[str] = []
    fixed = [literals[0]]
    for name, literal in zip(names, literals[1:], strict=True):
        if name in found:
            fixed[-1] += found[name] + literal
        else:
            unknown.append(name)
            fixed.append(literal)
    return unknown, fixed


def _leftmost(prompt: str, literals: Sequence[str]) -> list[Span] | None:
    """The parts between the literals if each literal is as early as possible; None if none fit."""
    first, *between = literals
    if not between:
        return [] if prompt == first else None
    last = between.pop()
    stop = len(prompt) - len(last)
    if not (prompt.startswith(first) and prompt.endswith(last)):
        return None
    spans: list[Span] = []
    start = len(first)
    for literal in between:
        end = prompt.find(literal, start + 1, stop)
        if end < 0:
            return None
        spans.append((start, end))
        start = end + len(literal)
    return [*spans, (start, stop)] if start < stop else None


def _rightmost(prompt: str, literals: Sequence[str]) -> list[Span]:
    """The same with each literal as late as possible: as early as possible, read backwards."""
    spans = _leftmost(prompt[::-1], [literal[::-1] for literal in reversed(literals)])
    return [(len(prompt) - end, len(prompt) - start) for start, end in reversed(spans or ())]
