"""Shows an answer while it arrives: Markdown on a terminal, plain text elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from liminal.cli import _console
from liminal.cli._chat.blocks import Blocks

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

    from liminal import Conversation, PromptStream
    from liminal.cli._chat.markdown import Rendered

# The terminal's own colors, which its user can read: rich's defaults have a black background.
_STYLES: Final = {"markdown.code": "bold cyan", "markdown.code_block": "cyan"}
# The ratio of the time for reading to the time for drawing.
_REST: Final = 5


def show(stream: PromptStream) -> None:
    """Show the answer, and end its last line. An error is raised after what has arrived."""
    console = _console.console()
    if console.is_terminal and not console.is_dumb_terminal:
        _show_markdown(stream, console)
    else:
        _show_text(stream)


def show_json(conversation: Conversation, stream: PromptStream) -> None:
    """Show the whole answer as a line of JSON."""
    text = stream.text()
    _console.emit_json(
        {"thread": conversation.thread_id, "text": text, "raw_text": stream.raw_text()}
    )


def _show_text(stream: PromptStream) -> None:
    last = "\n"
    try:
        for chunk in stream:
            _console.emit(chunk.content)
            last = chunk.content[-1:] or last
    finally:
        if last != "\n":
            _console.emit("\n")


def _show_markdown(stream: PromptStream, console: Console) -> None:
    from rich.live import Live  # noqa: PLC0415 - only a terminal needs it
    from rich.theme import Theme  # noqa: PLC0415 - as above

    from liminal.cli._chat.markdown import Rendered  # noqa: PLC0415 - as above

    console.push_theme(Theme(_STYLES))
    blocks = Blocks()
    is_first, due = True, 0.0
    try:
        # Without auto-refresh, whose thread would draw at the same time as `print`.
        with Live("\u2026", console=console, transient=True, auto_refresh=False) as live:
            for chunk in stream:
                ended = blocks.feed(_console.printable(chunk.content.replace("\r", "")))
                if ended or time.monotonic() >= due:
                    with console:  # written in one piece, so that nothing flickers
                        rest = Rendered(blocks.rest, is_first=is_first and not ended, is_tail=True)
                        due = _draw(live, rest)
                        # A complete block is printed once, above the unfinished one.
                        for block in ended:
                            console.print(Rendered(block, is_first=is_first))
                            is_first = False
    finally:
        if blocks.rest.strip():
            console.print(Rendered(blocks.rest, is_first=is_first))


def _draw(live: Live, block: Rendered) -> float:
    """Draw the last block; return when to draw it again, later if drawing takes longer."""
    began = time.monotonic()
    live.update(block, refresh=True)
    ended = time.monotonic()
    return ended + _REST * (ended - began)
