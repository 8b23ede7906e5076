"""Shows an answer while it arrives: Markdown on a terminal, plain text elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from liminal.cli import _console
from liminal.cli._chat.blocks import Blocks

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.markdown import Markdown

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

    console.push_theme(Theme(_STYLES))
    blocks = Blocks()
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
                    _print_block(console, block)
                live.update(_Tail(blocks.rest))
    finally:
        if blocks.rest.strip():
            _print_block(console, blocks.rest)


def _print_block(console: Console, block: str) -> None:
    console.print(_markdown(block))
    console.print()


def _markdown(text: str) -> Markdown:
    from rich.markdown import Markdown  # noqa: PLC0415 - as above

    # Without hyperlinks, a link shows where it leads.
    return Markdown(text, code_theme="ansi_dark", hyperlinks=False)


class _Tail:
    """The last lines of Markdown that may be higher than the terminal."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment  # noqa: PLC0415 - as above

        lines = console.render_lines(_markdown(self._text), options, pad=False)
        for line in lines[1 - console.height :]:
            yield from line
            yield Segment.line()
