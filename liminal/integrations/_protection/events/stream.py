"""Splits the server-sent events of a model's answer, hydrates them, and joins them again.

The bytes of an event in which nothing changes stay as they are.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Final

from liminal.errors import LiminalError

from ..incoming import Incoming
from ..steps import Steps
from ..values import Json, an_object

# An empty line, with any mix of line ends.
_END: Final = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
_LINE_END: Final = re.compile("\r\n|\n|\r")
_DONE: Final = "[DONE]"
# An event contains at most a whole answer. Without a limit, an endless one would fill the memory.
_MAX_EVENT_BYTES: Final = 64 * 1024 * 1024


class EventHydrator(ABC):
    """Hydrates the events of one answer: bytes in, bytes out."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._buffer = b""

    def feed(self, data: bytes) -> Steps[bytes]:
        """Return the hydrated events that are complete by now."""
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
        """Return the remaining events at the end of the answer."""
        rest, self._buffer = self._buffer, b""
        if not rest.strip():
            return (yield from self.last()) + rest
        if self._read(rest)[0] is None:
            return rest  # it was cut off: what was held back may be half a placeholder
        made = yield from self._block(rest)
        last = yield from self.last()
        return made + b"\n\n" + last if last else made

    @abstractmethod
    def event(self, data: Json) -> Steps[list[Json]]:
        """Return the events that replace one."""

    def last(self) -> Steps[bytes]:
        """Return the events to insert before the end."""
        return b""
        yield  # a generator, as those of the others are

    @staticmethod
    def _read(block: bytes) -> tuple[object, Sequence[str]]:
        """The JSON of an event, or that it is the last one; and its lines. None if it is none."""
        lines = _LINE_END.split(block.decode("utf-8", "replace").removeprefix("\ufeff"))
        data = "\n".join(line[5:].removeprefix(" ") for line in lines if line.startswith("data:"))
        if data.strip() == _DONE:
            return _DONE, lines
        try:
            return json.loads(data), lines
        except (ValueError, RecursionError):
            return None, lines

    def _block(self, block: bytes) -> Steps[bytes]:
        value, lines = self._read(block)
        if value == _DONE:
            return (yield from self.last()) + block
        event = an_object(value)
        if event is None:  # a comment, or an error that the client will report
            return block
        others = [line for line in lines if line and not line.startswith(("data:", "event:"))]
        named = any(line.startswith("event:") for line in lines)
        made: list[Json] = yield from self.event(event)
        return b"".join(
            block if one is event else render(one, named=named, others=others) for one in made
        )


def render(event: Json, *, named: bool, others: Iterable[str] = ()) -> bytes:
    """Encode an event; if it is ``named``, its name is its type."""
    lines = [f"event: {event.get('type')}"] if named else []
    lines += [*others, f"data: {json.dumps(event)}"]
    return ("\n".join(lines) + "\n\n").encode()
