"""Draws Markdown on a terminal with rich."""

from __future__ import annotations

from itertools import dropwhile
from typing import TYPE_CHECKING, Final

from rich import markdown
from rich.segment import Segment
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


# Colors for light and for dark terminals; each of rich's own themes is for one of them.
_CODE: Final = ANSISyntaxTheme(
    {
        ("Comment",): Style(italic=True),
        ("Keyword",): Style(bold=True),
        ("Literal", "Number"): Style(color="magenta"),
        ("Literal", "String"): Style(color="green"),
        ("Name", "Class"): Style(color="cyan"),
        ("Name", "Function"): Style(color="cyan"),
    }
)


class _Heading(markdown.Heading):
    """A heading at the left, without a frame."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Code(markdown.CodeBlock):
    """Code without blank lines around it."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        yield Syntax(code, self.lexer_name, theme=_CODE, word_wrap=True, padding=(0, 1))


class _Markdown(markdown.Markdown):
    elements = {  # noqa: RUF012 - as in its base
        **markdown.Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
    }


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
        drawn = _Markdown(self._text, hyperlinks=False)
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
