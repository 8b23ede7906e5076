"""Cleanses every text in a request, and refuses a request that can't be checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Final, TypeAlias, cast

from liminal.errors import LiminalError

from .memory import Memory
from .steps import Cleanse, Steps
from .values import Json, a_list, an_object


class Kind(Enum):
    """The content of a field."""

    STRUCTURE = auto()
    """A number, a flag or one of a few words; or an object whose fields are classified."""
    IDENTIFIER = auto()
    """A name or an id that must not change; a value that can't be one is text."""
    TEXT = auto()
    """Text, a list of texts, or a long number; the fields of objects within are classified."""
    DATA = auto()
    """Any JSON whose strings and long numbers are texts; or a string that is JSON source."""
    SCHEMA = auto()
    """A JSON schema: descriptions and examples are texts, the structure is not."""
    OPAQUE = auto()
    """Credentials, which must not change. A value that can't be one is text."""
    UNCHECKED = auto()
    """An image, audio, a file, or a reference to one: refused."""


# By name, or by the type, role or field that it belongs to and its name: "function.name".
Fields: TypeAlias = Mapping[str, Kind]

# The keywords of a JSON schema that the APIs use.
_SCHEMA_STRUCTURE: Final = frozenset(
    """
    $anchor $dynamicAnchor $dynamicRef $id $ref $schema additionalItems additionalProperties
    contentEncoding contentMediaType exclusiveMaximum exclusiveMinimum format maxItems maxLength
    maxProperties maximum minItems minLength minProperties minimum multipleOf nullable strict type
    uniqueItems
    """.split()  # noqa: SIM905 - quoted one by one they would fill the file
)
# Keywords whose values are data, in which these names have no meaning.
_SCHEMA_DATA: Final = frozenset({"const", "default", "enum", "example", "examples"})
# Names as programs give them to the fields of their data, and numbers as short as those of a
# model's tokens. Anything else may be a person's, as may what has a long number within.
_FIELD_NAME: Final = re.compile(
    r"(?!.*[0-9]{7})(?:[a-z_$][a-z0-9_$.-]*|[a-z]+(?:[A-Z][a-z0-9]*)*|[0-9]{1,6})", re.ASCII
)
# The characters of names of models and tools, ids and URLs, but not of e-mail addresses, nor of
# names in scripts without spaces.
_IDENTIFIER: Final = re.compile(r"[!-?A-~]*")
_CREDENTIAL: Final = re.compile(r"(?:(?:basic|bearer|token) )?[!-?A-~]*", re.IGNORECASE)
# The least number that may be that of a telephone, an account or a card.
_LONG_NUMBER: Final = 1_000_000
# The words of an API, such as "auto", "json_schema" and "image/png".
_WORD: Final = re.compile(r"[a-z0-9_./:-]{0,40}", re.ASCII)


class Outgoing:
    """Cleanses requests of one API, and remembers what it has cleansed."""

    def __init__(self, fields: Fields, memory: Memory, *, allow_unchecked: bool) -> None:
        self._fields = fields
        self._memory = memory
        self._allow_unchecked = allow_unchecked

    def request(self, body: Json) -> Steps[Json]:
        """Return a cleansed copy of ``body``; LiminalError if it can't be checked."""
        return (yield from self._object(body, "", ""))

    def text(self, text: str) -> Steps[str]:
        """Return the cleansed text, from the memory or from Liminal."""
        if not text or text.isspace():
            return text
        cleansed = self._memory.get(text)
        if cleansed is None:
            cleansed = cast("str", (yield Cleanse(text)))
            self._memory.put(text, cleansed)
        return cleansed

    def _object(self, value: Json, owner: str, path: str) -> Steps[Json]:
        made: Json = {}
        tag = next((value[key] for key in ("type", "role") if isinstance(value.get(key), str)), "")
        for name, item in value.items():
            kinds = (self._fields.get(key) for key in (f"{tag}.{name}", f"{owner}.{name}", name))
            kind = next((kind for kind in kinds if kind is not None), None)
            made[name] = yield from self._field(kind, item, name, f"{path}.{name}".lstrip("."))
        return made

    def _field(self, kind: Kind | None, value: Any, name: str, path: str) -> Steps[Any]:
        if value is None or value in ([], {}):
            return value
        if kind is None or kind is Kind.UNCHECKED:
            if self._allow_unchecked:
                return value
            raise LiminalError(
                f"{path} can't be checked for sensitive text, so nothing was sent: leave it out, or"
                " pass allow_unchecked=True to send such fields as they are"
            )
        if kind is Kind.DATA:
            return (yield from self._data(value))
        if kind is Kind.OPAQUE:
            return (yield from self._credentials(value))
        if kind is Kind.SCHEMA:
            return (yield from self._schema(value))
        return (yield from self._checked(kind, value, name, path))

    def _checked(self, kind: Kind, value: Any, name: str, path: str) -> Steps[Any]:
        fields, items = an_object(value), a_list(value)
        if fields is not None:
            return (yield from self._object(fields, name, path))
        if items is not None:
            made: list[Any] = []
            for index, item in enumerate(items):
                made.append((yield from self._checked(kind, item, name, f"{path}[{index}]")))
            return made
        if isinstance(value, str):
            return value if _may_stay(kind, value) else (yield from self.text(value))
        return (yield from self._number(value)) if kind is Kind.TEXT else value

    def _number(self, value: Any) -> Steps[Any]:
        """Cleanse a long number, which becomes a text if it is sensitive; keep any other value."""
        if type(value) is not int or abs(value) < _LONG_NUMBER:
            return value
        cleansed = yield from self.text(str(value))
        return value if cleansed == str(value) else cleansed

    def _credentials(self, value: Any) -> Steps[Any]:
        fields = an_object(value)
        if fields is None:
            is_credential = isinstance(value, str) and _CREDENTIAL.fullmatch(value)
            return value if is_credential else (yield from self._leaves(value))
        made: Json = {}
        for name, item in fields.items():
            key = name if is_identifier(name) else (yield from self.text(name))
            made[key] = yield from self._credentials(item)
        return made

    def _data(self, value: Any) -> Steps[Any]:
        """Cleanse data. At the top level, it may be JSON source, which stays JSON."""
        if not isinstance(value, str):
            return (yield from self._leaves(value))
        try:
            data = json.loads(value, object_pairs_hook=_without_doubles)
        except (ValueError, RecursionError):
            return (yield from self.text(value))
        cleansed = yield from self._leaves(data)
        return value if cleansed == data else json.dumps(cleansed, ensure_ascii=False)

    def _leaves(self, value: Any) -> Steps[Any]:
        fields, items = an_object(value), a_list(value)
        if items is not None:
            return (yield from _each(items, self._leaves))
        if fields is not None:
            made: Json = {}
            for name, item in fields.items():
                made[(yield from self._name(name))] = yield from self._leaves(item)
            return made
        return (yield from self.text(value) if isinstance(value, str) else self._number(value))

    def _name(self, name: Any) -> Steps[Any]:
        """Cleanse the name of a field in a user's data, unless it is a program's name."""
        known = not isinstance(name, str) or _FIELD_NAME.fullmatch(name)
        return name if known else (yield from self.text(name))

    def _schema(self, value: Any) -> Steps[Any]:
        fields, items = an_object(value), a_list(value)
        if items is not None:
            return (yield from _each(items, self._schema))
        if fields is not None:
            made: Json = {}
            for name, item in fields.items():
                names = a_list(item) if name == "required" else None
                key = yield from self._name(name)
                if names is not None:
                    made[key] = yield from _each(names, self._name)
                elif name in _SCHEMA_DATA:
                    made[key] = yield from self._leaves(item)
                elif name in _SCHEMA_STRUCTURE and not isinstance(item, dict):
                    made[key] = yield from self._structure(item)
                else:
                    made[key] = yield from self._schema(item)
            return made
        return (yield from self.text(value)) if isinstance(value, str) else value

    def _structure(self, value: Any) -> Steps[Any]:
        """Cleanse a value of a schema's structure. References follow the cleansed names."""
        items = a_list(value)
        if items is not None:
            return (yield from _each(items, self._structure))
        if not isinstance(value, str):
            return value
        if not is_identifier(value):
            return (yield from self.text(value))
        way, slash, name = value.rpartition("/")
        return way + slash + (yield from self._name(name)) if slash else value


def _each(values: Sequence[Any], cleanse: Callable[[Any], Steps[Any]]) -> Steps[list[Any]]:
    made: list[Any] = []
    for value in values:
        made.append((yield from cleanse(value)))  # noqa: PERF401 - no comprehension can yield
    return made


def _may_stay(kind: Kind, value: str) -> bool:
    """Whether a string is a valid value of its kind, so that it is not text."""
    if kind is Kind.STRUCTURE:
        return _WORD.fullmatch(value) is not None
    return kind is Kind.IDENTIFIER and is_identifier(value)


def is_identifier(value: str) -> bool:
    """Whether a string can be a name or an id that must not change."""
    return _IDENTIFIER.fullmatch(value) is not None


def _without_doubles(pairs: list[tuple[str, Any]]) -> Json:
    """Refuse duplicate names, since readers differ in which value they use."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError
    return made
