"""Follows references between the schemas of a contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.codegen.contract.document import Contract, Where

Placed = tuple[Where, dict[str, Any]]


def reachable(
    contract: Contract, where: Where, schema: Any, *, fields: bool = True
) -> Iterator[Placed]:
    """Go through a schema and all that it is put together of, each once, with its place.

    Without ``fields`` not into the properties of objects: what the value itself may be.
    """
    waiting: list[tuple[Where, Any]] = [(where, schema)]
    seen = set[int]()
    while waiting:
        place, found = waiting.pop()
        if isinstance(found, dict) and id(found) not in seen:
            seen.add(id(found))
            yield place, found
            waiting += _children(contract, place, found, fields=fields)


def _children(
    contract: Contract, where: Where, schema: dict[str, Any], *, fields: bool
) -> Iterator[tuple[Where, Any]]:
    if "$ref" in schema:
        yield contract.follow(where, schema)
    for key in ("allOf", "anyOf", "oneOf"):
        for index, part in enumerate(schema.get(key, [])):
            yield (*where, key, index), part
    for key in ("items", *(["additionalProperties"] if fields else [])):
        yield (*where, key), schema.get(key)
    for name, part in (schema.get("properties", {}) if fields else {}).items():
        yield (*where, "properties", name), part


def is_object(schema: dict[str, Any]) -> bool:
    """Return whether a schema itself says that a value is, or may be, an object."""
    kind = schema.get("type")
    return "properties" in schema or "object" in (kind if isinstance(kind, list) else [kind])


def holds_object(contract: Contract, schema: Any) -> bool:
    """Return whether a value may be an object, or a list that holds one."""
    return any(is_object(one) for _, one in reachable(contract, (), schema, fields=False))


def has_properties(contract: Contract, schema: Any) -> bool:
    """Return whether a value is always an object, of which the contract names properties."""
    found = contract.resolve(schema)
    if not isinstance(found, dict) or found.get("type", "object") != "object":
        return False
    choices = [*found.get("oneOf", []), *found.get("anyOf", [])]
    if choices:
        return all(has_properties(contract, one) for one in choices)
    parts = found.get("allOf", [])
    return bool(found.get("properties")) or any(has_properties(contract, one) for one in parts)


def properties(contract: Contract, schema: Any) -> dict[str, Any]:
    """Map the properties of an object to their schemas, those from ``allOf`` included."""
    found = contract.resolve(schema)
    if not isinstance(found, dict):
        return {}
    merged: dict[str, Any] = {}
    for part in found.get("allOf", []):
        merged |= properties(contract, part)
    merged |= found.get("properties", {})
    return merged
