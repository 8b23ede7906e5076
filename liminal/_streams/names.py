"""The names of placeholders, in tries that tell at each character whether a known name goes on.

A trie grows in place: adding a name makes no other name slower to add or to find. Threads may add
and read at the same time without a lock, since each step is a single operation of a dict.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

# Each character leads to the next node; the key "" marks the end of a name.
Node: TypeAlias = "dict[str, Node]"

NONE: Final = 0  # no known name begins here
PENDING: Final = -1  # whether one does depends on what follows

# A name longer than this is refused, so that what a stream holds back is bounded.
LONGEST_NAME: Final = 200

_NAME: Final = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{LONGEST_NAME - 2}}}[0-9]")
_DIGITS: Final = frozenset("0123456789")
_SEPARATORS: Final = frozenset("_ -")  # what models write in place of an underscore


def is_name(name: object) -> bool:
    """Whether it can name a placeholder: ASCII letters, digits, underscores, a digit at the end."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


class Names:
    """The names that a table knows, and what each stands for."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.exact: Node = {}
        self.folded: Node = {}  # in lower case; each end leads to the names that look like this

    def add(self, name: str, text: str) -> bool:
        """Add a name; False if it already stands for another text."""
        if self.texts.setdefault(name, text) != text:
            return False
        _insert(self.exact, name)
        _insert(self.folded, name.lower()).setdefault(name, {})
        return True


def _insert(root: Node, name: str) -> Node:
    node = root
    for character in name:
        node = node.setdefault(character, {})
    return node.setdefault("", {})


def exact_end(root: Node, text: str, start: int, *, more: bool, slashes: int) -> int:
    r"""Where the longest known name ends that begins at ``start``, or NONE, or PENDING.

    It is PENDING only if there is ``more`` to come. An underscore may have up to ``slashes``
    backslashes before it: Markdown writes ``PERSON\_1``.
    """
    node, end, position, size = root, NONE, start, len(text)
    while position < size:
        character = text[position]
        following = node.get(character)
        if following is None:
            if character != "\\" or "_" not in node:
                return end
            position = _past_slashes(text, position, slashes)
            if position == size:
                break
            if text[position] != "_":
                return end
            following = node["_"]
        node = following
        position += 1
        if "" in node and (position == size or text[position] not in _DIGITS):
            end = position
    return PENDING if more else end


def folded_end(
    root: Node, text: str, start: int, *, more: bool, slashes: int
) -> tuple[int, str | None]:
    """The same in any case, and with other separators, or none, in place of the underscores.

    Also returns the name, or None if it is none of several known names that look like this.
    """
    nodes, position, size = [root], start, len(text)
    end, found = NONE, None
    while position < size:
        character = text[position]
        if character == "\\":
            position = _past_slashes(text, position, slashes)
            if position == size:
                break
            character = text[position]
            if character != "_":
                return end, found
        nodes = _followed(nodes, character)
        if not nodes:
            return end, found
        position += 1
        names = set[str]().union(*(node.get("", ()) for node in nodes))
        if names and (position == size or text[position] not in _DIGITS):
            if len(names) > 1:  # only the one that is written exactly so
                names &= {text[start:position].replace("\\", "")}
            end, found = position, names.pop() if names else None
    return (PENDING, None) if more else (end, found)


def _followed(nodes: list[Node], character: str) -> list[Node]:
    if character in _SEPARATORS:
        return [node["_"] for node in nodes if "_" in node]
    # ASCII only: some other letters have an ASCII letter as their lower case.
    folded = character.lower() if character.isascii() else character
    after = nodes.copy()
    for node in after:  # which grows meanwhile: several underscores may be missing
        if "_" in node:
            after.append(node["_"])
    return [node[folded] for node in after if folded in node]


def _past_slashes(text: str, position: int, slashes: int) -> int:
    last = min(position + slashes, len(text))
    while position < last and text[position] == "\\":
        position += 1
    return position
