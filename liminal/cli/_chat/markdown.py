"""Draws Markdown on a terminal with rich."""

from __future__ import annotations

from itertools import dropwhile
from typing import TYPE_CHECKING

from rich import markdown
from rich.segment import Segment

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


class _Heading(markdown.Heading):
    """A heading at the left, without a frame."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Markdown(markdown.Markdown):
    elements = {**markdown.Markdown.elements, "heading_open": _Heading}  # noqa: RUF012 - rich's own


class Rendered:
    """A block of Markdown, with a blank line before all but the first.

    With ``is_tail``, only as many of its last lines as fit on the screen.
    """

    def __init__(self, text: str, *, is_first: bool, is_tail: bool = False) -> None:
        self._text = text
        self._is_first = is_first
        self._is_tail = is_tail

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # Without hyperlinks, a link shows where it leads.
        drawn = _Markdown(self._text, code_theme="ansi_dark", hyperlinks=False)
        lines = _without_blanks(console.render_lines(drawn, options, pad=False))
        if not self._is_first:
            lines.insert(0, [])
        if self._is_tail:
            lines = lines[1 - console.height :]
        for line in lines:
            yield from line
            yield Segment.line()


def _without_blanks(lines: list[list[Segment]]) -> list[list[Segment]]:
    kept = list(dropwhile(_is_blank, lines))
    return list(dropwhile(_is_blank, kept[::-1]))[::-1]


def _is_blank(line: list[Segment]) -> bool:
    return not any(segment.text.strip() for segment in line)
