"""Server-sent events of Anthropic's messages, hydrated."""

from __future__ import annotations

from typing import Any

from ..steps import Steps
from ..values import Json, a_number, an_object
from .stream import EventHydrator


class MessageEvents(EventHydrator):
    """Anthropic's messages."""

    def event(self, data: Json) -> Steps[list[Json]]:
        """The rest of a block is a separate delta before the block's end."""
        kind, index = data.get("type"), a_number(data.get("index"))
        if kind == "content_block_delta":
            return [(yield from self._delta(data, index))]
        if kind == "content_block_stop":
            return [*(yield from self._rests(index)), data]
        if kind == "error":
            return [data]
        hydrated = yield from self._incoming.body(data)
        return [data if hydrated == data else hydrated]

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
