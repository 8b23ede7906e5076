"""Splits Markdown that arrives in pieces into blocks that are final."""

from __future__ import annotations

import re
from typing import Final

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM: Final = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)")


class Blocks:
    """Markdown as it arrives. ``rest`` is the last block, which may still go on.

    A block ends at a blank line, unless that is within a code fence or a list, or what follows is
    indented. What is shown block by block looks as if it were shown whole.
    """

    def __init__(self) -> None:
        self.rest = ""

    def feed(self, text: str) -> list[str]:
        """Take in more text, and return the blocks that have ended."""
        self.rest += text
        ended: list[str] = []
        while "\n" in text and (end := _end(self.rest)):
            ended.append(self.rest[:end])
            self.rest = self.rest[end:]
        return ended


def _end(text: str) -> int:
    """Return where the first block of ``text`` ends; 0 if it may continue."""
    fence = ""
    begun = blank = False
    is_list = _ITEM.match(text.lstrip("\n")) is not None
    offset = 0
    for line in text.splitlines(keepends=True):
        if not line.endswith("\n"):
            break  # incomplete, so it may become anything
        follows = begun and blank and not fence and not line[0].isspace()
        if follows and not (is_list and _ITEM.match(line)):
            return offset
        fence = _fence_after(line, fence)
        blank = not line.strip()
        begun = begun or not blank
        offset += len(line)
    return 0


def _fence_after(line: str, fence: str) -> str:
    """Return the code fence that is open after the line, given the one that was before it."""
    mark = _FENCE.match(line)
    if not mark or not fence:
        return mark[1] if mark else fence
    closes = mark[1].startswith(fence) and not line.strip().strip(fence[0])
    return "" if closes else fence
