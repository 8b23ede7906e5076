"""Shows an answer while it arrives: Markdown on a terminal, plain text elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from liminal.cli import _console
from liminal.cli._chat.blocks import Blocks

if TYPE_CHECKING:
    from rich.console import Console

    from liminal import Conversation, PromptStream

# The terminal's own colors, which its user can read: rich's defaults have a black background.
_STYLES: Final = {"markdown.code": "bold cyan", "markdown.code_block": "cyan"}
_FRAMES_A_SECOND: Final = 8


def show(stream: PromptStream) -> None:
    """Show the answer, and end its last line. What went wrong is raised after what arrived."""
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
    from rich.spinner import Spinner  # noqa: PLC0415 - likewise
    from rich.theme import Theme  # noqa: PLC0415 - likewise

    from liminal.cli._chat.markdown import Rendered  # noqa: PLC0415 - likewise

    console.push_theme(Theme(_STYLES))
    blocks = Blocks()
    is_first = True
    try:
        with Live(
            Spinner("dots"),
            console=console,
            transient=True,
            refresh_per_second=_FRAMES_A_SECOND,
        ) as live:
            for chunk in stream:
                # Blocks that have ended are printed once, above the one that is still drawn anew.
                for block in blocks.feed(_console.printable(chunk.content.replace("\r", ""))):
                    console.print(Rendered(block, is_first=is_first))
                    is_first = False
                live.update(Rendered(blocks.rest, is_first=is_first, is_tail=True))
    finally:
        if blocks.rest.strip():
            console.print(Rendered(blocks.rest, is_first=is_first))
