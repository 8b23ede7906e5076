"""The copy of the contract for the generator, rewritten in terms that it supports."""

from __future__ import annotations

import copy
from typing import Any

from scripts.codegen.client import defaults
from scripts.codegen.client.naming import rename_parameters, rename_properties
from scripts.codegen.contract.document import Contract, Where, walk
from scripts.codegen.contract.operations import operations
from scripts.codegen.contract.stream_items import is_stream, plain

# A status that no service answers with.
ITEM = "599"
BINARY = "application/octet-stream"

# Besides JSON, what the generator knows; it would leave out a body of another type, such as text.
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

# What makes more of a schema than its part of allOf.
EXTENDING = {"additionalProperties", "properties", "required"}


def prepared(contract: Contract) -> Contract:
    """Copy the contract for the generator."""
    data = copy.deepcopy(contract.data)
    rename_parameters(contract, data)
    _expose_items(contract, data)
    rename_properties(contract, data)
    for where, found in walk(data):
        if isinstance(found.get("content"), dict):
            found["content"] = _content(found["content"])
        _close_enumeration(found)
        _add_second_part(found)
        _share_enumeration(where, found)
        _drop_unknown_fields(contract, found)
        if {"schema", "schemas", "parameters"} & {*where} and "default" in found:
            found[defaults.KEPT] = found.pop("default")
    data["openapi"] = "3.1.0"  # what else there is in 3.2 the generator need not know
    copied = copy.copy(contract)
    copied.data = data
    return copied


def _expose_items(contract: Contract, data: dict[str, Any]) -> None:
    """Show the generator the schema of a stream's items as if it were an answer of its own."""
    for operation in operations(contract):
        if operation.items is not None and operation.items.schema is not None:
            schema = copy.deepcopy(operation.items.schema)
            if "$ref" not in schema:
                schema.setdefault("title", f"{operation.id}_item")
            _, path, method = operation.where
            content = {"application/json": {"schema": schema}}
            answer = {"description": "An item of the stream.", "content": content}
            data["paths"][path][method]["responses"][ITEM] = answer


def is_json(media_type: str) -> bool:
    """Return whether a body of this type is JSON."""
    return plain(media_type) == "application/json" or plain(media_type).endswith("+json")


def _content(content: dict[str, Any]) -> dict[str, Any]:
    """Leave out streams, and call everything binary that is neither JSON nor a form."""
    return {
        (name if is_json(name) or name in FORMS else BINARY): media_type
        if is_json(name) or name in FORMS
        else {"schema": {"type": "string", "format": "binary"}}
        for name, media_type in content.items()
        if not is_stream(name)
    }


def _close_enumeration(found: dict[str, Any]) -> None:
    """Write ``anyOf: [{enum}, {type}]`` as an enumeration: all are open in the generated code."""
    match found.get("anyOf"):
        case [{"enum": values, "type": kind}, {"type": other, **rest}] if (
            kind == other and not rest
        ):
            del found["anyOf"]
            found.update(type=kind, enum=values)


def _add_second_part(found: dict[str, Any]) -> None:
    """Add an empty part to a single one, for which the generator would take the whole schema."""
    match found:
        case {"allOf": [{"$ref": _}]} if EXTENDING & found.keys():
            found["allOf"].append({"type": "object"})


def _share_enumeration(where: Where, found: dict[str, Any]) -> None:
    """Write an enumeration with null in it as a union of one without it, and null.

    The generator does that by itself for each type of ``[string, "null"]``, which makes several
    classes of it. The title is what the generator names the class after.
    """
    values = found.get("enum")
    if not isinstance(values, list) or None not in values or values == [None]:
        return
    types = found.pop("type", None)
    kept = [one for one in types if one != "null"] if isinstance(types, list) else [types]
    inner = {"enum": [value for value in values if value is not None]}
    if kept[0] is not None:
        inner["type"] = kept[0]
    if where[-2:-1] in {("properties",), ("schemas",)}:
        inner["title"] = found.get("title", where[-1])
    del found["enum"]
    found["oneOf"] = [inner, {"type": "null"}]


def _drop_unknown_fields(contract: Contract, found: dict[str, Any]) -> None:
    """Have unknown fields dropped where the contract doesn't say that they are kept.

    In JSON Schema ``additionalProperties`` is true by default, so every model would keep all
    unknown fields.
    """
    if isinstance(found.get("allOf"), list):
        parts = [contract.resolve(part) for part in found["allOf"]]
        kept = [part["additionalProperties"] for part in parts if part.get("additionalProperties")]
        found.setdefault("additionalProperties", kept[0] if kept else False)
    elif isinstance(found.get("properties"), dict):
        found.setdefault("additionalProperties", False)
