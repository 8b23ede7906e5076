"""Hydrates a model's answers: whole bodies, and texts that arrive in pieces."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from typing import Any, Final

from liminal._streams.matcher import Escape
from liminal._streams.resolver import Resolver, ThreadHydrator

from .memory import Memory
from .steps import Steps
from .values import Json, a_list, an_object

# JSON source within JSON.
_JSON_SOURCE: Final = frozenset({"args", "arguments", "partial_json"})
# Fields that must return to the API unchanged, and fields without text of the model.
UNTOUCHED: Final = frozenset(
    """
    bytes call_id data encrypted_content id instructions item_id logprobs model name object role
    signature thinking tool_call_id tools type
    """.split()  # noqa: SIM905 - quoted one by one they would fill the file
)
# The user's own JSON, such as a tool's arguments, in which these names have no meaning.
DATA: Final = frozenset({"args", "attributes", "input", "metadata", "parsed", "variables"})
# The fields with the answer's text, which is JSON if the request asked for it.
_ANSWERS: Final = frozenset({"content", "delta", "text"})


class Incoming:
    """Hydrates one answer. ``is_json``: its text is JSON source."""

    def __init__(
        self,
        resolver: Resolver,
        memory: Memory,
        *,
        is_json: bool,
        lenient: bool = False,
        untouched: frozenset[str] = UNTOUCHED,
    ) -> None:
        self._resolver = resolver
        self._memory = memory
        self._is_json = is_json
        self._lenient = lenient
        self.untouched = untouched
        self._pieces: dict[Hashable, _Text] = {}

    def body(self, value: Any, name: str = "") -> Steps[Any]:
        """Return a copy of a JSON value with every text hydrated."""
        if name in self.untouched:
            return value
        fields, items = an_object(value), a_list(value)
        if name in DATA and not isinstance(value, str):
            return (yield from self.data(value))
        if fields is not None:
            made: Json = {}
            for key, item in fields.items():
                made[key] = yield from self.body(item, key)
            return made
        if items is not None:
            parts: list[Any] = []
            for item in items:
                parts.append((yield from self.body(item, name)))  # noqa: PERF401 - can't yield
            return parts
        if isinstance(value, str):
            return (yield from self.text(value, self.escape(name)))
        return value

    def data(self, value: Any) -> Steps[Any]:
        """Return a copy of the user's own JSON, with hydrated strings and field names."""
        fields, items = an_object(value), a_list(value)
        if fields is not None:
            made: Json = {}
            for key, item in fields.items():
                made[(yield from self.data(key))] = yield from self.data(item)
            return made
        if items is not None:
            parts: list[Any] = []
            for item in items:
                parts.append((yield from self.data(item)))  # noqa: PERF401 - can't yield
            return parts
        return (yield from self.text(value)) if isinstance(value, str) else value

    def escape(self, name: str) -> Escape | None:
        """Return how text is escaped in the field ``name``."""
        is_json = name in _JSON_SOURCE or (self._is_json and name in _ANSWERS)
        return "json" if is_json else None

    def text(self, text: str, escape: Escape | None = None) -> Steps[str]:
        """Hydrate a whole text."""
        whole = _Text(self._resolver, escape, lenient=self._lenient)
        return (yield from whole.feed(text, last=True, memory=self._memory))

    def piece(self, key: Hashable, text: str, escape: Escape | None = None) -> Steps[str]:
        """Return the next final piece of the text ``key``."""
        if key not in self._pieces:
            self._pieces[key] = _Text(self._resolver, escape, lenient=self._lenient)
        return (yield from self._pieces[key].feed(text))

    def rest(self, key: Hashable) -> Steps[str]:
        """Return the held-back rest of the text ``key``, which is complete now."""
        text = self._pieces.pop(key, None)
        return (yield from text.feed("", last=True, memory=self._memory)) if text else ""

    def open_keys(self) -> Iterator[Hashable]:
        """Return the incomplete texts, in the order in which they began."""
        return iter(list(self._pieces))


class _Text:
    def __init__(self, resolver: Resolver, escape: Escape | None, *, lenient: bool) -> None:
        self._hydrator = ThreadHydrator(resolver, escape=escape, lenient=lenient)
        self._is_json = escape == "json"
        self._raw = ""
        self._hydrated = ""

    def feed(self, text: str, *, last: bool = False, memory: Memory | None = None) -> Steps[str]:
        self._hydrator.feed(text, last=last)
        if self._hydrator.question is not None:
            self._hydrator.settle((yield self._hydrator.question))
        hydrated = self._hydrator.take()
        self._raw += text
        self._hydrated += hydrated
        if memory is not None and self._raw != self._hydrated:
            memory.put_all(*self._texts())
        return hydrated

    def _texts(self) -> tuple[object, object]:
        """Return what a later request may repeat: for JSON source, the texts within."""
        if not self._is_json:
            return self._hydrated, self._raw
        try:
            hydrated, raw = json.loads(self._hydrated), json.loads(self._raw)
        except (ValueError, RecursionError):
            return self._hydrated, self._raw
        return [hydrated, self._hydrated], [raw, self._raw]
