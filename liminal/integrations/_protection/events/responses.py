"""Server-sent events of OpenAI's responses, hydrated."""

from __future__ import annotations

from ..steps import Steps
from ..values import Json
from .stream import EventHydrator


class ResponseEvents(EventHydrator):
    """OpenAI's responses."""

    def event(self, data: Json) -> Steps[list[Json]]:
        """The rest of a text is a separate delta before the event that ends the text."""
        kind = str(data.get("type", ""))
        base, _, step = kind.rpartition(".")
        places = ("item_id", "output_index", "content_index", "summary_index")
        key = (base, *(str(data.get(place)) for place in places))
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
    """Return the field to which the deltas of a stream belong."""
    return "text" if base.endswith("output_text") else ""
