"""Server-sent events of a model's answer: cut apart, hydrated, and put together again.

The bytes of an event in which nothing changes stay as they are.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Final

from liminal.errors import LiminalError

from .incoming import Incoming
from .steps import Steps
from .values import Json, an_object

# An empty line; each line may end in its own way.
_END: Final = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
_LINE_END: Final = re.compile("\r\n|\n|\r")
_DONE: Final = "[DONE]"
# An event holds a whole answer at most; a server that ends none would fill the memory.
_MAX_EVENT_BYTES: Final = 64 * 1024 * 1024


class EventHydrator(ABC):
    """Hydrates the events of one answer: bytes in, bytes out."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._buffer = b""

    def feed(self, data: bytes) -> Steps[bytes]:
        """The events that are complete by now, hydrated."""
        seen = max(0, len(self._buffer) - len(b"\r\n\r"))
        self._buffer += data
        out, done = b"", 0
        for end in _END.finditer(self._buffer, seen):
            out += yield from self._block(self._buffer[done : end.end()])
            done = end.end()
        self._buffer = self._buffer[done:]
        if len(self._buffer) > _MAX_EVENT_BYTES:
            raise LiminalError("an event of the model's answer is too long to be hydrated")
        return out

    def finish(self) -> Steps[bytes]:
        """What is left when the answer has ended."""
        rest, self._buffer = self._buffer, b""
        return (yield from self.last()) + rest

    @abstractmethod
    def event(self, data: Json) -> Steps[list[Json]]:
        """The events that take the place of one."""

    def last(self) -> Steps[bytes]:
        """What comes before the end."""
        return b""
        yield  # a generator, as those of the others are

    def _block(self, block: bytes) -> Steps[bytes]:
        lines = _LINE_END.split(block.decode("utf-8", "replace"))
        data = "\n".join(line[5:].removeprefix(" ") for line in lines if line.startswith("data:"))
        if data.strip() == _DONE:
            return (yield from self.last()) + block
        try:
            event = an_object(json.loads(data))
        except (ValueError, RecursionError):
            event = None  # a comment, or what the client will complain about
        if event is None:
            return block
        others = [line for line in lines if line and not line.startswith(("data:", "event:"))]
        named = any(line.startswith("event:") for line in lines)
        made: list[Json] = yield from self.event(event)
        return b"".join(
            block if one is event else render(one, named=named, others=others) for one in made
        )


def render(event: Json, *, named: bool, others: Iterable[str] = ()) -> bytes:
    """An event as bytes; if it is ``named``, its name is its type."""
    lines = [f"event: {event.get('type')}"] if named else []
    lines += [*others, f"data: {json.dumps(event)}"]
    return ("\n".join(lines) + "\n\n").encode()


class MessageEvents(EventHydrator):
    """Anthropic's messages."""

    def event(self, data: Json) -> Steps[list[Json]]:
        """The rest of a block is a delta of its own before the block's end."""
        kind, index = data.get("type"), data.get("index")
        if kind == "content_block_delta":
            return [(yield from self._delta(data, index))]
        if kind == "content_block_stop":
            return [*(yield from self._rests(index)), data]
        if kind in {"message_delta", "message_start", "content_block_start"}:
            hydrated = yield from self._incoming.body(data)
            return [data if hydrated == data else hydrated]
        return [data]

    def _delta(self, data: Json, index: Any) -> Steps[Json]:
        delta = an_object(data.get("delta")) or {}
        names = {"text_delta": "text", "input_json_delta": "partial_json"}
        name = names.get(str(delta.get("type")))
        if name is None:
            hydrated = yield from self._incoming.body(data)
            return data if hydrated == data else hydrated
        before = str(delta.get(name) or "")
        text = yield from self._incoming.piece((index, name), before, self._incoming.escape(name))
        return data if text == before else {**data, "delta": {**delta, name: text}}

    def _rests(self, index: Any) -> Steps[list[Json]]:
        made: list[Json] = []
        for name, kind in (("text", "text_delta"), ("partial_json", "input_json_delta")):
            rest = yield from self._incoming.rest((index, name))
            if rest:
                delta = {"type": kind, name: rest}
                made.append({"type": "content_block_delta", "index": index, "delta": delta})
        return made


class ResponseEvents(EventHydrator):
    """OpenAI's responses."""

    def event(self, data: Json) -> Steps[list[Json]]:
        """The rest of a text is a delta of its own before the event that says it is done."""
        kind = str(data.get("type", ""))
        base, _, step = kind.rpartition(".")
        places = ("item_id", "output_index", "content_index", "summary_index")
        key = (base, *(data.get(place) for place in places))
        if step == "delta" and isinstance(data.get("delta"), str):
            escape = self._incoming.escape("arguments" if "arguments" in base else _field(base))
            text = yield from self._incoming.piece(key, data["delta"], escape)
            return [data if text == data["delta"] else {**data, "delta": text}]
        made: list[Json] = []
        rest = (yield from self._incoming.rest(key)) if step == "done" else ""
        if rest:
            kept = {name: data[name] for name in (*places, "sequence_number") if name in data}
            more: Json = {"logprobs": []} if "logprobs" in data else {}
            made.append({"type": f"{base}.delta", **kept, "delta": rest, **more})
        hydrated = yield from self._incoming.body(data)
        return [*made, data if hydrated == data else hydrated]


def _field(base: str) -> str:
    """The field whose text a stream of deltas is."""
    return "text" if base.endswith("output_text") else ""
