"""Shared by the wire formats: a turn to write, and a stream's events."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from liminal.testing._models.ledger import text_of
from liminal.testing._models.reply import cut_up, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from liminal.testing._models.ledger import Message
    from liminal.testing._models.reply import Cut, Reply

# OpenAI's and Anthropic's rule for the names of functions and tools.
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")


class Problem(Exception):  # noqa: N818 - a refusal, which the client is told
    """The request is one that the API refuses: 400, with a message."""


class Event(NamedTuple):
    """One event of a stream. ``piece`` tells a piece of text or arguments from what frames it."""

    data: dict[str, Any] | str
    name: str | None = None
    piece: bool = False

    def encode(self) -> bytes:
        """The event as Server-Sent Events have it."""
        data = self.data.encode() if isinstance(self.data, str) else to_json(self.data)
        name = f"event: {self.name}\n".encode() if self.name else b""
        return name + b"data: " + data + b"\n\n"


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer that is to be put on the wire."""

    number: int
    created: int
    body: dict[str, Any]
    messages: tuple[Message, ...]
    replies: tuple[Reply, ...]
    cut: Cut

    @property
    def model(self) -> str:
        """The model that was asked, and so answers."""
        return str(self.body["model"])

    @property
    def asked(self) -> int:
        """The request's length in words, which stand for tokens."""
        return words(*(message.text for message in self.messages))

    @property
    def answered(self) -> int:
        """The length of all choices."""
        return sum(reply.words for reply in self.replies)

    def pieces(self, text: str) -> Sequence[str]:
        """The pieces in which a stream sends a text."""
        return cut_up(text, self.cut)

    def call_id(self, prefix: str, choice: int, index: int) -> str:
        """The id of a tool call: its own, or one that is made up."""
        given = self.replies[choice].tool_calls[index].id
        return given or f"{prefix}_fake{self.number}_{choice}_{index}"


class Wire(ABC):
    """One API's format."""

    api: str

    @abstractmethod
    def check(self, body: dict[str, Any]) -> None:
        """Raise Problem for what the API would refuse."""

    @abstractmethod
    def messages(self, body: dict[str, Any]) -> Iterator[Message]:
        """What the request says, alike for all APIs."""

    @abstractmethod
    def whole(self, turn: Turn) -> dict[str, Any]:
        """The answer as one JSON object."""

    @abstractmethod
    def events(self, turn: Turn) -> Iterator[Event]:
        """The answer as a stream."""

    @abstractmethod
    def failure(self, message: str, sent: int) -> Event:
        """The event that ends a stream with an error, after so many events."""

    def choices(self, body: dict[str, Any]) -> int:
        """How many choices are asked for."""
        return 1


def to_json(value: object) -> bytes:
    """JSON in UTF-8, as the services send it; in ASCII where a lone surrogate has no UTF-8."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def require(right: object, problem: str) -> None:
    """Refuse a request unless it is right."""
    if not right:
        raise Problem(problem)


def objects(value: object, place: str) -> list[dict[str, Any]]:
    """A list of JSON objects, or a Problem that names the place."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    require(isinstance(value, list), f"{place}: expected an array.")
    require(all(isinstance(item, dict) for item in items), f"{place}: expected objects.")
    return cast("list[dict[str, Any]]", items)


def require_model(body: dict[str, Any]) -> None:
    """Require a model, as every API does."""
    require(isinstance(body.get("model"), str) and body["model"], "model: a name is required.")


def require_tool_name(name: object) -> None:
    """A tool's name is one that the API takes."""
    named = isinstance(name, str) and _TOOL_NAME.fullmatch(name)
    require(named, "tools: a name of letters, digits, _ and - is required.")


def content_of(message: dict[str, Any]) -> str:
    """The text of a message's content."""
    return text_of(message.get("content"))
