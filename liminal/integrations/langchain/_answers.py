"""Hydrates LangChain's messages, whole ones and chunks of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeVar, cast

from langchain_core.messages import AIMessageChunk, BaseMessage, BaseMessageChunk
from langchain_core.utils.utils import LC_ID_PREFIX

from liminal.integrations._protection.incoming import DATA, Incoming
from liminal.integrations._protection.steps import Steps
from liminal.integrations._protection.values import Json, a_list, an_object

M = TypeVar("M", bound=BaseMessage)

# The fields with the model's text. Others stay unchanged.
_PLACES: Final = ("content", "additional_kwargs", "tool_calls", "invalid_tool_calls")
_CHUNK_PLACES: Final = ("content", "additional_kwargs", "tool_call_chunks")
# Texts that a stream sends in pieces. Any other text arrives as a whole.
_PIECEWISE: Final = frozenset({"args", "arguments", "input", "partial_json", "refusal", "text"})


def message(incoming: Incoming, given: M) -> Steps[M]:
    """Return a hydrated copy of a whole message."""
    changes: Json = {"id": _id(given)}
    for place in _PLACES:
        value = getattr(given, place, None)
        if value:
            changes[place] = yield from incoming.body(value, place)
    return given.model_copy(update=changes)


def _id(given: BaseMessage) -> str | None:
    """Return the provider's id; one that LangChain generated is replaced, as in events."""
    return None if given.id is None or given.id.startswith(LC_ID_PREFIX) else given.id


class _Block(NamedTuple):
    """Return a block in a list, by which LangChain knows where a piece belongs."""

    kind: object
    number: object


_Path = tuple["str | _Block", ...]


class Chunks:
    """Hydrates the chunks of one answer.

    The held-back rest of a text is a separate chunk: when another text begins, or at the end.
    The arguments of several tool calls may alternate, so these wait for the end.
    """

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._latest: Any = None

    def chunk(self, given: BaseMessageChunk) -> Steps[list[BaseMessageChunk]]:
        """Return the chunks that replace one."""
        given = given.model_copy(update={"id": _id(given)})
        values = {place: getattr(given, place, None) for place in _CHUNK_PLACES}
        keys = {path for place, value in values.items() for path in self._paths(value, (place,))}
        before: list[BaseMessageChunk] = []
        for key in self._open() if keys else ():
            if key[0] == "content" and key not in keys:
                before += yield from self._rest(key)
        self._latest = given
        changes: Json = {}
        for place, value in values.items():
            if value:
                changes[place] = yield from self._hydrated(value, (place,))
        return [*before, _rebuilt(given, changes)]

    def finish(self) -> Steps[list[BaseMessageChunk]]:
        """Return the rests of all texts."""
        made: list[BaseMessageChunk] = []
        for key in self._open():
            made += yield from self._rest(key)
        return made

    def _paths(self, value: Any, path: _Path) -> Iterator[_Path]:
        """Return the places of a chunk's pieces of text."""
        if isinstance(value, str):
            if value and _is_piecewise(path):
                yield path
            return
        for item in a_list(value) or ():
            yield from self._paths(item, _within(path, item))
        for name, item in (an_object(value) or {}).items():
            if name not in self._incoming.untouched:
                yield from self._paths(item, (*path, name))

    def _open(self) -> Iterator[_Path]:
        return cast("Iterator[_Path]", self._incoming.open_keys())

    def _hydrated(self, value: Any, path: _Path) -> Steps[Any]:
        fields, items = an_object(value), a_list(value)
        if isinstance(value, str):
            name = str(path[-1])
            if _is_piecewise(path):
                return (yield from self._incoming.piece(path, value, self._incoming.escape(name)))
            return (yield from self._incoming.body(value, name))
        if items is not None:
            made: list[Any] = []
            for item in items:
                made.append((yield from self._hydrated(item, _within(path, item))))  # noqa: PERF401
            return made
        if fields is None or path[-1] in DATA:
            return (yield from self._incoming.body(value, str(path[-1])))
        parts: Json = {}
        for name, item in fields.items():
            kept = name in self._incoming.untouched
            parts[name] = item if kept else (yield from self._hydrated(item, (*path, name)))
        return parts

    def _rest(self, path: _Path) -> Steps[list[BaseMessageChunk]]:
        rest = yield from self._incoming.rest(path)
        if not rest:
            return []
        value: Any = rest
        for step in reversed(path[1:]):
            value = {step: value} if isinstance(step, str) else _in_a_list(step, value)
        place = str(path[0])
        return [_like(self._latest, {place: value})]


def _rebuilt(given: BaseMessageChunk, changes: Json) -> BaseMessageChunk:
    """A copy, whose tool calls are read anew from their hydrated arguments.

    LangChain itself marks the last chunk, after the rests.
    """
    if not isinstance(given, AIMessageChunk):
        return given.model_copy(update=changes)
    fields: dict[str, Any] = {**dict(given), **changes}
    fields |= {"tool_calls": [], "invalid_tool_calls": [], "chunk_position": None}
    return type(given)(**fields)


def _like(chunk: Any, fields: Json) -> BaseMessageChunk:
    """Return a chunk of the same kind with only these fields."""
    empty: Json = {"content": "" if isinstance(chunk.content, str) else []}
    if hasattr(chunk, "role"):
        empty["role"] = chunk.role
    made: BaseMessageChunk = type(chunk)(**empty | fields)
    return made


def _is_piecewise(path: _Path) -> bool:
    """Whether a text at this place may continue in the next chunk."""
    is_outermost = path == ("content",) or path[:-1] == ("additional_kwargs",)
    return is_outermost or path[-1] in _PIECEWISE or isinstance(path[-1], _Block)


def _within(path: _Path, item: Any) -> _Path:
    fields = an_object(item)
    if fields is None:
        return (*path, _Block(None, None))
    return (*path, _Block(fields.get("type"), fields.get("index")))


def _in_a_list(block: _Block, value: Any) -> list[Any]:
    if not isinstance(value, dict):
        return [value]
    pairs = (("type", block.kind), ("index", block.number))
    known = {name: item for name, item in pairs if item is not None}
    if block.kind == "tool_call_chunk":
        known = {"name": None, "id": None} | known
    return [known | cast("Json", value)]
