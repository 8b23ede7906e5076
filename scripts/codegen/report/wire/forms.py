"""Parts of a contract where they stand, and which values a schema accepts."""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scripts.codegen.contract.document import Contract, Step, Where
from scripts.codegen.report.lines import Change, Place

# The formats that become types of their own in Python; others are strings.
FORMATS = frozenset({"binary", "date", "date-time", "uuid"})
TYPES = frozenset({"array", "boolean", "integer", "number", "object", "string"})
_LEAST = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"]
_MOST = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"]
# What the contract says for people to read.
WORDS = ("summary", "description", "title")
LIMITS = [*_LEAST, *_MOST, "multipleOf", "pattern", "uniqueItems"]


@dataclass(frozen=True)
class Part:
    """A part of a contract, by default the whole; ``revision`` names the older of two contracts.

    ``name`` is the last step of the reference that led here.
    """

    contract: Contract
    revision: str = ""
    where: Where = ()
    data: Any = None
    name: str = ""

    def at(self, where: Where, data: Any) -> Part:
        """Return what stands at a place of the same contract, or where it refers to."""
        refers = isinstance(data, dict) and "$ref" in data
        where, data = self.contract.follow(where, data)
        name = str(where[-1]) if refers else ""
        return replace(self, where=where, data={} if data is True else data, name=name)

    def child(self, *steps: Step) -> Part:
        data = self.data
        for step in steps:
            data = data[step]
        return self.at((*self.where, *steps), data)

    def schemas(self) -> dict[str, Part]:
        """Map the schemas of the contract that have a name."""
        found = self.contract.data.get("components", {}).get("schemas", {})
        return {
            name: self.at(("components", "schemas", name), data) for name, data in found.items()
        }

    @property
    def place(self) -> Place:
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in self.where)
        file = f"{self.contract.path.parent.name}/{self.contract.path.name}"
        line = self.contract.problem(self.where, "").line
        return Place(file, line, "#/" + "/".join(steps), self.revision)

    def change(self, rule: str, subject: str, detail: str = "", *, says: str = "") -> Change:
        """Make a line of the report that points here."""
        section = "schemas" if self.where[:1] == ("components",) else "operations"
        return Change(rule, subject, detail, self.place, section, says=says)


class Form:
    """The values that a schema accepts, with ``allOf`` merged."""

    def __init__(self, schema: Part) -> None:
        parts = list(_all_of(schema))
        said = ChainMap(*(one.data for one in parts))
        self.part = schema
        self.properties = {
            key: one.child("properties", key)
            for one in parts
            for key in one.data.get("properties", {})
        }
        self.required = frozenset(key for one in parts for key in one.data.get("required", ()))
        self.nullable = any(map(_nullable, parts))
        self.types = frozenset[str]().union(*map(_kinds, parts)) - {"null"}
        self.format = said["format"] if said.get("format") in FORMATS else None
        self.fixed = said.get("const")
        self.default = None if said.get("default") is None else json.dumps(said["default"])
        self.values = frozenset(said["enum"]) - {None} if "enum" in said else None
        self.open = any(map(_is_open, _alternatives(schema)))
        self.limits = {key: said[key] for key in LIMITS if key in said}
        self.items = _child(parts, "items")
        unknown = said.get("additionalProperties")
        self.closed = unknown is False  # unknown fields are refused
        self.keeps_unknown = unknown not in (None, False)
        self.unknown = _child(parts, "additionalProperties") if isinstance(unknown, dict) else None
        self.variants = {} if self.open else dict(_variants(parts))
        self.discriminator: str | None = said.get("discriminator", {}).get("propertyName")
        mapping = said.get("discriminator", {}).get("mapping", {})
        self.tags = _tags(mapping, self.variants) if self.discriminator else {}

    @property
    def shown(self) -> str:
        """Name the types, for people."""
        return " | ".join(sorted(self.variants or self.types)) or "anything"


def _child(parts: list[Part], key: str) -> Part | None:
    return next((one.child(key) for one in parts if key in one.data), None)


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


def _variants(parts: list[Part]) -> Iterator[tuple[str, Part]]:
    for kept in (kept for one in parts for kept in _alternatives(one) if len(kept) > 1):
        for one in kept:
            yield one.name or json.dumps(one.data, sort_keys=True), one


def _tags(mapping: Mapping[str, str], variants: Iterable[str]) -> dict[str, str]:
    """Map what the discriminator may be to the names of variants: their own, if nothing is said."""
    said = {tag: to.rpartition("/")[2] for tag, to in mapping.items()}
    return said | {name: name for name in variants if name not in said.values()}


def _nullable(schema: Part) -> bool:
    alternatives = (*schema.data.get("anyOf", ()), *schema.data.get("oneOf", ()))
    return "null" in _kinds(schema) or any(one.get("type") == "null" for one in alternatives)


def _kinds(schema: Part) -> frozenset[str]:
    kinds = schema.data.get("type", "object" if "properties" in schema.data else ())
    return frozenset([kinds] if isinstance(kinds, str) else kinds)
