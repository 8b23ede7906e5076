"""Shared by the APIs' formats: the answer to write, and the events of a stream."""

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


class Problem(Exception):  # noqa: N818 - a refusal, not an error
    """The request is one that the API refuses: 400, with a message."""


class Event(NamedTuple):
    """One event of a stream. ``piece``: whether it is a piece of text or arguments."""

    data: dict[str, Any] | str
    name: str | None = None
    piece: bool = False

    def encode(self) -> bytes:
        """The event as a server-sent event."""
        data = self.data.encode() if isinstance(self.data, str) else to_json(self.data)
        name = f"event: {self.name}\n".encode() if self.name else b""
        return name + b"data: " + data + b"\n\n"


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer to be sent, and its request."""

    number: int
    created: int
    body: dict[str, Any]
    messages: tuple[Message, ...]
    replies: tuple[Reply, ...]
    cut: Cut

    @property
    def model(self) -> str:
        """The requested model, which is also the answer's."""
        return str(self.body["model"])

    @property
    def asked(self) -> int:
        """The request's length in words, in place of tokens."""
        return words(*(message.text for message in self.messages))

    @property
    def answered(self) -> int:
        """The length of all choices."""
        return sum(reply.words for reply in self.replies)

    def pieces(self, text: str) -> Sequence[str]:
        """The pieces in which a stream sends a text."""
        return cut_up(text, self.cut)

    def call_id(self, prefix: str, choice: int, index: int) -> str:
        """Return the id of a tool call, generated if it has none."""
        given = self.replies[choice].tool_calls[index].id
        return given or f"{prefix}_fake{self.number}_{choice}_{index}"


class Wire(ABC):
    """One API's format."""

    api: str

    @abstractmethod
    def check(self, body: dict[str, Any]) -> None:
        """Raise Problem for a request that the API would refuse."""

    @abstractmethod
    def messages(self, body: dict[str, Any]) -> Iterator[Message]:
        """Return the request's messages, in the same form for all APIs."""

    @abstractmethod
    def whole(self, turn: Turn) -> dict[str, Any]:
        """The answer as one JSON object."""

    @abstractmethod
    def events(self, turn: Turn) -> Iterator[Event]:
        """The answer as a stream."""

    @abstractmethod
    def failure(self, message: str, sent: int) -> Event:
        """Return the event that ends a stream with an error, after ``sent`` events."""

    def choices(self, body: dict[str, Any]) -> int:
        """Return the number of requested choices."""
        return 1


def to_json(value: object) -> bytes:
    """Encode JSON in UTF-8, like the services; in ASCII if there is a lone surrogate."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def require(right: object, problem: str) -> None:
    """Refuse a request unless the condition holds."""
    if not right:
        raise Problem(problem)


def objects(value: object, place: str) -> list[dict[str, Any]]:
    """Return a list of JSON objects; Problem names the place of another value."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    require(isinstance(value, list), f"{place}: expected an array.")
    require(all(isinstance(item, dict) for item in items), f"{place}: expected objects.")
    return cast("list[dict[str, Any]]", items)


def require_model(body: dict[str, Any]) -> None:
    """Require a model, as every API does."""
    require(isinstance(body.get("model"), str) and body["model"], "model: a name is required.")


def require_tool_name(name: object) -> None:
    """Require a tool name that the API accepts."""
    named = isinstance(name, str) and _TOOL_NAME.fullmatch(name)
    require(named, "tools: a name of letters, digits, _ and - is required.")


def content_of(message: dict[str, Any]) -> str:
    """The text of a message's content."""
    return text_of(message.get("content"))
