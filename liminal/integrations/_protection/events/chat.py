"""Server-sent events of OpenAI's chat completions, hydrated.

A choice has several texts: its content, a refusal, and the arguments of tool calls. When another
one begins, or the choice is finished, the rests of the earlier ones become separate chunks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, cast

from ..steps import Steps
from ..values import Json, a_list, a_number, an_object, objects
from .stream import EventHydrator, render

_CALLS: Final = frozenset({"function_call", "tool_calls"})


class _Key(NamedTuple):
    """Identifies a text: its choice, and its place in the delta."""

    choice: int
    field: str
    tool: int | None = None
    part: str = ""

    @property
    def name(self) -> str:
        """The name of the field with the text."""
        if self.part == "custom":
            return "input"
        return "arguments" if self.field in _CALLS else self.field

    def delta(self, text: str) -> Json:
        """Return a delta with only this text."""
        if self.tool is not None:
            return {"tool_calls": [{"index": self.tool, self.part: {self.name: text}}]}
        return {self.field: {self.name: text} if self.field == "function_call" else text}


class ChatEvents(EventHydrator):
    """OpenAI's chat completions."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._latest: Json = {}
        self._begun: set[_Key] = set()

    def event(self, data: Json) -> Steps[list[Json]]:
        """Return the chunk, after the rests of the texts that it ends."""
        self._latest = data
        before: list[Json] = []
        choices: list[Any] = []
        given = a_list(data.get("choices")) or ()
        for choice in given:
            fields = an_object(choice)
            choices.append(choice if fields is None else (yield from self._choice(fields, before)))
        same = choices == given or not given
        return [*before, data if same else {**data, "choices": choices}]

    def last(self) -> Steps[bytes]:
        """Return the rests of all texts."""
        made = b""
        for key in self._incoming.open_keys():
            rest = yield from self._rest(cast("_Key", key))
            made += b"".join(render(one, named=False) for one in rest)
        return made

    def _choice(self, choice: Json, before: list[Json]) -> Steps[Json]:
        index, delta = a_number(choice.get("index")), an_object(choice.get("delta")) or {}
        texts = list(_texts(index, delta))
        keys = [key for key, _ in texts]
        begins = not self._begun.issuperset(keys)  # a server may alternate between texts
        self._begun.update(keys)
        for key in self._incoming.open_keys():
            ends = cast("_Key", key).choice == index and key not in keys
            if ends and (begins or choice.get("finish_reason")):
                before += yield from self._rest(cast("_Key", key))
        hydrated = yield from self._hydrated(delta, texts)
        if choice.get("finish_reason"):
            for key in keys:  # a server may end in the middle of a text
                text = yield from self._incoming.rest(key)
                if text:
                    before.append(self._chunk(index, hydrated))
                    hydrated = key.delta(text)
        return choice if hydrated == delta else {**choice, "delta": hydrated}

    def _hydrated(self, delta: Json, texts: Sequence[tuple[_Key, str]]) -> Steps[Json]:
        made = dict(delta)
        for name, value in delta.items():
            if isinstance(value, dict | list) and name not in _CALLS:
                made[name] = yield from self._incoming.body(value, name)
        for key, text in texts:
            hydrated = yield from self._incoming.piece(key, text, self._incoming.escape(key.name))
            if hydrated != text:
                _put(made, key, hydrated)
        return delta if made == delta else made

    def _rest(self, key: _Key) -> Steps[list[Json]]:
        rest = yield from self._incoming.rest(key)
        return [self._chunk(key.choice, key.delta(rest))] if rest else []

    def _chunk(self, index: int, delta: Json) -> Json:
        kept = {k: v for k, v in self._latest.items() if k not in {"choices", "usage"}}
        return {**kept, "choices": [{"index": index, "delta": delta, "finish_reason": None}]}


def _texts(index: int, delta: Json) -> Iterator[tuple[_Key, str]]:
    """Return the texts in a delta."""
    for field in ("content", "refusal", "reasoning_content", "reasoning"):
        if isinstance(delta.get(field), str) and delta[field]:
            yield _Key(index, field), delta[field]
    call = an_object(delta.get("function_call")) or {}
    if isinstance(call.get("arguments"), str):
        yield _Key(index, "function_call"), call["arguments"]
    for tool in objects(delta.get("tool_calls")):
        for part, name in (("function", "arguments"), ("custom", "input")):
            text = (an_object(tool.get(part)) or {}).get(name)
            if isinstance(text, str):  # an empty text counts, too
                yield _Key(index, "tool_calls", a_number(tool.get("index")), part), text


def _put(delta: Json, key: _Key, text: str) -> None:
    """Put a text into a delta, of which only the outermost level may be changed."""
    if key.tool is None:
        is_call = key.field == "function_call"
        delta[key.field] = {**delta[key.field], key.name: text} if is_call else text
        return
    delta["tool_calls"] = [
        {**tool, key.part: {**tool[key.part], key.name: text}}
        if a_number(tool.get("index")) == key.tool and an_object(tool.get(key.part)) is not None
        else tool
        for tool in objects(delta["tool_calls"])
    ]
