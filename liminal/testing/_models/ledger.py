"""The requests that a stand-in received, for tests to examine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import unquote_plus

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator


class Message(NamedTuple):
    """One message of a request, in the same form for all APIs.

    ``role`` is ``"system"`` (also for a developer's message and for instructions), ``"user"``,
    ``"assistant"``, or ``"tool"`` for a tool's result.
    """

    role: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class ModelRequest:
    """One request that a stand-in answered.

    ``api`` is ``"chat.completions"``, ``"responses"``, ``"messages"`` or ``"models"``, or empty for
    any other path. ``body`` is the decoded JSON, or None if the body isn't JSON; ``raw`` is the
    body's bytes. ``time`` is the time of ``time.monotonic()``. ``status`` is the answer's status.
    The repr shows no content.
    """

    api: str
    method: str
    path: str
    query: str
    raw_headers: tuple[tuple[bytes, bytes], ...]
    raw: bytes
    body: Any
    messages: tuple[Message, ...]
    time: float
    status: int = 200

    @property
    def headers(self) -> httpx.Headers:
        """The headers as received, including secrets."""
        return httpx.Headers(list(self.raw_headers))

    @property
    def model(self) -> str:
        """The requested model, or an empty string."""
        return str(self._field("model") or "")

    @property
    def streamed(self) -> bool:
        """Whether the request asks for a stream."""
        return self._field("stream") is True

    @property
    def prompt(self) -> str:
        """The text of the user's last message, or an empty string."""
        asked = [message.text for message in self.messages if message.role == "user"]
        return asked[-1] if asked else ""

    def saw(self, text: str) -> bool:
        """Whether ``text`` stands anywhere in the request.

        Looked through are the address, the headers, the body's bytes and each text in its JSON,
        names of fields included, also within a text that is JSON itself, such as a tool's
        arguments.

            assert not request.saw("Ada Lovelace")
        """
        return any(text in each for each in self._texts())

    def _texts(self) -> Iterator[str]:
        yield from (self.path, unquote_plus(self.query))
        for name, value in self.raw_headers:
            yield from (name.decode("latin-1"), value.decode("utf-8", "replace"))
        yield self.raw.decode("utf-8", "replace")
        yield from strings(self.body)

    def _field(self, name: str) -> object:
        body: object = self.body
        if not isinstance(body, dict):
            return None
        return cast("dict[str, object]", body).get(name)

    def __repr__(self) -> str:
        return f"<ModelRequest {self.method} {self.path} -> {self.status}>"


def strings(value: object) -> Iterator[str]:
    """Yield each text in decoded JSON, and in JSON within a text."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            pairs = cast("dict[str, object]", item)
            waiting += [*pairs.keys(), *pairs.values()]
        elif isinstance(item, list):
            waiting += cast("list[object]", item)
        elif isinstance(item, str):
            yield item
            waiting += _decoded(item)


def _decoded(text: str) -> list[object]:
    """Decode a text that is an object, a list or a string in JSON; nothing for other texts."""
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return []
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        return []


def text_of(content: object) -> str:
    """Return the text of a message's content, which may consist of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(part) for part in cast("list[object]", content))
    if isinstance(content, dict):
        part = cast("dict[str, object]", content)
        return text_of(next((part[name] for name in _TEXTS if part.get(name)), None))
    return ""


_TEXTS = ("text", "content", "refusal", "output", "thinking", "arguments")
