"""``liminal chat``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from liminal.cli import _console
from liminal.cli._chat.answer import show, show_json
from liminal.cli._chat.lines import read_lines, without_echo
from liminal.cli._exits import complain, line_about
from liminal.cli._options import Json, Model, Thread, model_instance_id
from liminal.cli._signin import connect
from liminal.errors import LiminalError

if TYPE_CHECKING:
    from liminal import Conversation, SyncClient

_HELP: Final = """\
/new   begin a new thread, without what was said in this one
/raw   show the last answer as the model wrote it, with placeholders
/quit  end the chat, as does Ctrl-D
Ctrl-C while an answer arrives ends the answer."""


def chat(*, model: Model = None, thread: Thread = None, json: Json = False) -> None:
    """Talk with a model, which sees placeholders for your data.

    Each line is a turn. Lines are read from stdin, from a terminal or a pipe.
    """
    with connect() as client:
        instance = model_instance_id(client, model)
        _Chat(client, instance, thread, is_json=json).run()


class _Chat:
    def __init__(
        self, client: SyncClient, instance: int, thread: int | None, *, is_json: bool
    ) -> None:
        self._client = client
        self._instance = instance
        self._is_json = is_json
        self._is_typed = sys.stdin.isatty()
        self._conversation = self._begin(thread)
        self._raw = ""

    def _begin(self, thread: int | None) -> Conversation:
        return self._client.conversation(self._instance, thread_id=thread, name="liminal chat")

    def run(self) -> None:
        """Answer line by line, up to /quit or the end."""
        self._note("/help lists the commands; Ctrl-C ends an answer, Ctrl-D the chat")
        for line in read_lines():
            if line == "/quit":
                break
            self._handle(line)
        if self._conversation.thread_id is not None:
            self._note(f"To continue: liminal chat --thread {self._conversation.thread_id}")

    def _handle(self, line: str) -> None:
        if line == "/new":
            self._conversation = self._begin(None)
            self._raw = ""
            self._note("A new thread")
        elif line == "/raw":
            _console.emit(f"{self._raw}\n" if self._raw else "There is no answer yet\n")
        elif line == "/help":
            self._note(_HELP)
        elif self._is_typed and line.startswith("/") and " " not in line:
            self._note(f"{line} is not a command: /help lists them")
        else:
            self._turn(line)

    def _turn(self, text: str) -> None:
        """Send a turn and show its answer. At a terminal, a failure does not end the chat."""
        self._raw = ""
        try:
            with without_echo(), self._conversation.stream(text) as stream:
                if self._is_json:
                    show_json(self._conversation, stream)
                else:
                    show(stream)
                self._raw = stream.raw_text()
        except KeyboardInterrupt:
            if not self._is_typed:
                raise
            _console.note("Stopped. The turn may have been counted.")
        except LiminalError as error:
            if not self._is_typed:
                raise
            complain(line_about(error))

    def _note(self, text: str) -> None:
        """Print a hint on a terminal, and nothing in a pipe."""
        if self._is_typed:
            _console.note(text)
