"""Which values a schema accepts, with references followed and ``allOf`` merged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scripts.codegen.contract.document import Contract, Where

# The formats that become types of their own in Python; others are strings.
FORMATS = frozenset({"binary", "date", "date-time", "uuid"})
TYPES = frozenset({"array", "boolean", "integer", "number", "object", "string"})
_LEAST = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"]
_MOST = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"]
LIMITS = [*_LEAST, *_MOST, "multipleOf", "pattern", "uniqueItems"]


@dataclass(frozen=True)
class Part:
    """A schema where it stands, with the name that it is referred to by."""

    contract: Contract
    where: Where
    data: dict[str, Any]
    name: str = ""

    def child(self, *steps: str | int) -> Part:
        data: Any = self.data
        for step in steps:
            data = data[step]
        return part(self.contract, (*self.where, *steps), data)


def part(contract: Contract, where: Where, data: Any) -> Part:
    """Follow references from a schema to where it stands."""
    name = ""
    if data is True:
        data = {}
    while "$ref" in data:
        steps = data["$ref"].removeprefix("#/").split("/")
        where = tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)
        name = str(where[-1])
        data = contract.resolve({"$ref": data["$ref"]}) if len(where) < 2 else _at(contract, where)
    return Part(contract, where, data, name)


def _at(contract: Contract, where: Where) -> Any:
    found: Any = contract.data
    for step in where:
        found = found[step]
    return found


class Form:
    """The values that a schema accepts."""

    def __init__(self, schema: Part) -> None:
        parts = list(_all_of(schema))
        self.part = schema
        self.properties = {
            key: one.child("properties", key)
            for one in parts
            for key in one.data.get("properties", {})
        }
        self.required = frozenset(key for one in parts for key in one.data.get("required", ()))
        self.nullable = any(map(_nullable, parts))
        self.types = frozenset[str]().union(*map(_kinds, parts)) - {"null"}
        self.format = next((one for one in _said(parts, "format") if one in FORMATS), None)
        self.fixed = next(_said(parts, "const"), None)
        given = (one for one in _said(parts, "default") if one is not None)
        self.default = next(map(json.dumps, given), None)
        self.values, self.open = _values(parts)
        self.limits = {key: one.data[key] for one in parts for key in LIMITS if key in one.data}
        self.items = next((one.child("items") for one in parts if "items" in one.data), None)
        open_ = (_unknown(one) for one in parts if "additionalProperties" in one.data)
        self.unknown = next(open_, None)
        self.variants = {} if self.open else {k: v for one in parts for k, v in _variants(one)}
        said = _said(parts, "discriminator")
        self.discriminator: str | None = next((one["propertyName"] for one in said), None)
        self.tags = _tags(parts, self.variants) if self.discriminator else {}

    @property
    def closed(self) -> bool:
        """Return whether unknown fields are refused."""
        return self.unknown is False

    @property
    def shown(self) -> str:
        """Name the types, for people."""
        if self.variants:
            return " | ".join(sorted(self.variants))
        return " | ".join(sorted(self.types)) or "anything"


def _said(parts: list[Part], key: str) -> Iterator[Any]:
    """Return the values that the parts of a schema have under a key."""
    return (one.data[key] for one in parts if key in one.data)


def _all_of(schema: Part) -> Iterator[Part]:
    """Return a schema and all of its parts. ``anyOf: [X, null]`` has the part X."""
    yield schema
    for index in range(len(schema.data.get("allOf", ()))):
        yield from _all_of(schema.child("allOf", index))
    for kept in _alternatives(schema):
        if len(kept) == 1:
            yield from _all_of(kept[0])
        elif _is_open(kept):
            yield kept[0]


def _alternatives(schema: Part) -> Iterator[list[Part]]:
    """Return what a value may be instead of all at once, but for null."""
    for word in ("anyOf", "oneOf"):
        yield [
            schema.child(word, index)
            for index, data in enumerate(schema.data.get(word, ()))
            if data.get("type") != "null"
        ]


def _is_open(variants: list[Part]) -> bool:
    """Recognise ``anyOf: [{enum}, {type}]``: known values, and others."""
    return len(variants) == 2 and "enum" in variants[0].data and set(variants[1].data) == {"type"}


def _variants(schema: Part) -> Iterator[tuple[str, Part]]:
    for kept in _alternatives(schema):
        if len(kept) > 1:
            for one in kept:
                yield one.name or json.dumps(one.data, sort_keys=True), one


def _tags(parts: list[Part], variants: Iterable[str]) -> dict[str, str]:
    """Map what the discriminator may be to the names of variants: their own, if nothing is said."""
    given = (one.get("mapping", {}) for one in _said(parts, "discriminator"))
    said = {tag: str(to).rpartition("/")[2] for mapping in given for tag, to in mapping.items()}
    return said | {name: name for name in variants if name not in said.values()}


def _values(parts: list[Part]) -> tuple[frozenset[Any] | None, bool]:
    """Return the values of an enumeration, and whether there may be others."""
    found = next((one.data["enum"] for one in parts if "enum" in one.data), None)
    if found is None:
        return None, False
    values = frozenset(value for value in found if value is not None)
    return values, any(map(_is_open, _alternatives(parts[0])))


def _nullable(schema: Part) -> bool:
    alternatives = (*schema.data.get("anyOf", ()), *schema.data.get("oneOf", ()))
    return "null" in _kinds(schema) or any(one.get("type") == "null" for one in alternatives)


def _kinds(schema: Part) -> frozenset[str]:
    kinds = schema.data.get("type", ())
    if not kinds and "properties" in schema.data:
        kinds = "object"
    return frozenset([kinds] if isinstance(kinds, str) else kinds)


def _unknown(schema: Part) -> Part | bool:
    found = schema.data["additionalProperties"]
    return found if isinstance(found, bool) else schema.child("additionalProperties")
