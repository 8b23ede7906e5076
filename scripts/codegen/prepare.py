"""The copy of the contract that the generator is given, in terms that it understands.

What the generator would drop without a word is taken out here, and kept for the templates in
`Operation`: extensions, security, the media types of streams.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.codegen.contract import Contract, Step, walk

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# Answers of these types are streams, and their schema is that of one chunk.
STREAM_TYPES = ("text/event-stream", "application/x-ndjson", "application/jsonl")


@dataclass(frozen=True)
class Operation:
    """What the templates need to know about an operation beyond what the generator tells them."""

    id: str
    method: str
    path: str
    data: dict[str, Any]
    parameters: dict[tuple[str, str], dict[str, Any]]  # (in, name) -> parameter
    security: tuple[str, ...]
    stream_types: tuple[str, ...]
    chunk: str | None  # the name of the schema of a stream's chunks

    @property
    def repeatable(self) -> bool:
        repeatable: bool = self.data.get("x-liminal-repeatable", self.method == "get")
        return repeatable


def operations(contract: Contract) -> Iterator[tuple[tuple[Step, ...], Operation]]:
    """Go through the contract's operations, each with its place."""
    for path, item in contract.data.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                where = ("paths", path, method)
                yield where, _operation(contract, where, item)


def _operation(contract: Contract, where: tuple[Step, ...], item: dict[str, Any]) -> Operation:
    _, path, method = where
    data = item[method]
    if "operationId" not in data:
        raise contract.error(
            where, "the operation has no operationId, which its module is named after"
        )
    streams = dict(_streams(contract, data))
    chunks = {schema.get("$ref") for schema in streams.values()}
    if len(chunks) > 1 or None in chunks:
        reason = "the schema of a stream's chunks has to be one $ref, the same for all media types"
        raise contract.error((*where, "responses"), reason)
    return Operation(
        id=data["operationId"],
        method=str(method),
        path=str(path),
        data=data,
        parameters=_parameters(contract, item, data),
        security=_security(contract, where, data),
        stream_types=tuple(streams),
        chunk=chunks.pop().rsplit("/", 1)[-1] if chunks else None,
    )


def _parameters(
    contract: Contract, item: dict[str, Any], data: dict[str, Any]
) -> dict[tuple[str, str], dict[str, Any]]:
    found = [
        contract.resolve(parameter["$ref"]) if "$ref" in parameter else parameter
        for parameter in [*item.get("parameters", []), *data.get("parameters", [])]
    ]
    return {(parameter["in"], parameter["name"]): parameter for parameter in found}


def _security(contract: Contract, where: tuple[Step, ...], data: dict[str, Any]) -> tuple[str, ...]:
    choices = data.get("security", contract.data.get("security", []))
    if any(len(choice) > 1 for choice in choices):
        raise contract.error((*where, "security"), "two security schemes at once are not supported")
    return tuple(name for choice in choices for name in choice)


def _streams(contract: Contract, data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, response in data["responses"].items():
        if str(status).startswith("2"):
            response = contract.resolve(response["$ref"]) if "$ref" in response else response
            for media_type in STREAM_TYPES:
                if media_type in response.get("content", {}):
                    yield media_type, response["content"][media_type].get("schema", {})


def prepared(contract: Contract) -> dict[str, Any]:
    """Copy the contract for the generator."""
    data = copy.deepcopy(contract.data)
    for _, found in walk(data):
        _drop_streams(found)
        _close_enumeration(found)
        _drop_unknown_fields(found)
    return data


def _drop_streams(found: dict[str, Any]) -> None:
    content = found.get("content")
    if isinstance(content, dict):
        for media_type in STREAM_TYPES:
            content.pop(media_type, None)


def _close_enumeration(found: dict[str, Any]) -> None:
    """Write ``anyOf: [{enum}, {type}]`` as an enumeration: all are open in the generated code."""
    match found.get("anyOf"):
        case [{"enum": values, "type": kind}, {"type": other, **rest}] if (
            kind == other and not rest
        ):
            del found["anyOf"]
            found.update(type=kind, enum=values)


def _drop_unknown_fields(found: dict[str, Any]) -> None:
    """Have unknown fields dropped where the contract doesn't say that they are kept.

    In JSON Schema ``additionalProperties`` is true by default, which would have each model carry
    along whatever came.
    """
    if isinstance(found.get("properties"), dict) or isinstance(found.get("allOf"), list):
        found.setdefault("additionalProperties", False)
