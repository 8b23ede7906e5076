"""Checks that operations can be generated: parameters, bodies, answers, pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.codegen.client.paging import EXTENSION, paging_faults
from scripts.codegen.client.prepare import FORMS, is_json
from scripts.codegen.contract.document import Contract, walk
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.contract.schema_refs import has_properties, holds_object, properties, reachable
from scripts.codegen.contract.schema_refs import is_object as is_object_schema
from scripts.codegen.contract.specification import Found
from scripts.codegen.contract.stream_items import is_stream, plain

# Headers that OpenAPI describes elsewhere, so that parameters of these names are ignored.
HEADERS = frozenset({"accept", "authorization", "content-type", "cookie"})

STYLES = {
    "query": ("form", "deepObject"),
    "path": ("simple",),
    "header": ("simple",),
    "cookie": ("form",),
}


def operation_faults(contract: Contract) -> Found:
    """Find what is wrong with an operation, its parameters, its body and its answers."""
    for operation in operations(contract):
        for rule in (_parts, _parameters, _bodies, _paging):
            for part, reason in rule(contract, operation):
                yield (*operation.where, *part), reason


def _parts(_contract: Contract, operation: Operation) -> Found:
    for key in ("callbacks", "servers"):
        if key in operation.data:
            yield (key,), f"{key} of an operation can't be generated"
    if not operation.responses.keys() & {*operation.successes}:
        yield ("responses",), "an operation needs a response for success: 2xx, 2XX or default"


def _parameters(contract: Contract, operation: Operation) -> Found:
    for (location, name), parameter in operation.parameters.items():
        for reason in _parameter(contract, location, name, parameter):
            yield ("parameters",), f"the parameter {name} {reason}"


def _parameter(
    contract: Contract, location: str, name: str, parameter: dict[str, Any]
) -> Iterator[str]:
    schema = contract.resolve(parameter.get("schema"))
    style = parameter.get("style", STYLES[location][0])
    if not isinstance(schema, dict):
        yield "has no schema"
    elif style not in STYLES[location]:
        yield f"has the style {style}, which can't be generated in a {location}"
    elif style == "deepObject":
        if not _is_flat(contract, schema):
            yield "must be an object of single values, because its style is deepObject"
    elif holds_object(contract, schema):
        yield f"is or holds an object, which can't be generated in a {location}"
    elif location in {"path", "cookie"} and schema.get("type") == "array":
        yield f"is an array, which can't be generated in a {location}"
    elif location == "cookie" and name in _secrets(contract):
        yield "is the cookie of a security scheme, which the client sends itself"
    elif location == "header" and name.lower() in HEADERS:
        yield "is a header that the client sets itself"


def _is_flat(contract: Contract, schema: dict[str, Any]) -> bool:
    """Return whether a value is an object that holds neither objects nor lists."""
    rest = schema.get("additionalProperties")
    inner = [*properties(contract, schema).values(), *([rest] if isinstance(rest, dict) else [])]
    parts = (part for one in inner for _, part in reachable(contract, (), one, fields=False))
    is_object = schema.get("type", "object") == "object" and bool(inner)
    return is_object and not any(is_object_schema(one) or "items" in one for one in parts)


def _secrets(contract: Contract) -> set[str]:
    schemes = contract.data.get("components", {}).get("securitySchemes", {}).values()
    return {scheme["name"] for scheme in schemes if scheme.get("in") == "cookie"}


def _paging(contract: Contract, operation: Operation) -> Found:
    for reason in paging_faults(contract, operation):
        yield (EXTENSION,), f"{EXTENSION} {reason}"


def _bodies(contract: Contract, operation: Operation) -> Found:
    if "requestBody" in operation.data:
        content = contract.resolve(operation.data["requestBody"]).get("content", {})
        for reason in (*_content(content), *_forms(contract, content)):
            yield ("requestBody",), reason
    for status in operation.successes:
        content = operation.responses.get(status, {}).get("content", {})
        whole = {key: one for key, one in content.items() if not is_stream(key)}
        for reason in _content(whole):
            yield ("responses", status), reason
    for items in operation.streams.values():
        if items.schema == {}:
            yield ("responses",), "the stream has no itemSchema for its items"
        elif items != operation.items and items.schema != (operation.items or items).schema:
            yield (
                ("responses",),
                "the items of a stream must have the same schema in all media types",
            )


def _forms(contract: Contract, content: dict[str, Any]) -> Iterator[str]:
    for media_type, found in content.items():
        schema = found.get("schema")
        if plain(media_type) not in FORMS:
            continue
        if media_type not in FORMS:
            yield f"{media_type} can't have parameters: write {plain(media_type)}"
        if not has_properties(contract, schema):
            yield "the body of a form must be an object with known properties"
        elif media_type == FORMS[0]:
            for name in _nested(contract, schema):
                yield f"{name} is or holds an object, which can't be generated in {media_type}"


def _nested(contract: Contract, schema: Any) -> Iterator[str]:
    for _, part in reachable(contract, (), schema, fields=False):
        for name, found in part.get("properties", {}).items():
            if holds_object(contract, found):
                yield name


def json_faults(contract: Contract) -> Found:
    """Find what JSON can't hold: files."""
    for where, found in walk(contract.data):
        content = found.get("content")
        for media_type, body in content.items() if isinstance(content, dict) else ():
            if is_json(media_type):
                place = (*where, "content", media_type, "schema")
                for part, schema in reachable(contract, place, body.get("schema")):
                    if schema.get("format") == "binary":
                        yield (*part, "format"), f"{media_type} can't hold binary data"


def _content(content: dict[str, Any]) -> Iterator[str]:
    if len(content) > 1:
        types = ", ".join(content)
        yield f"only one media type besides those of streams can be generated, not {types}"
    for media_type, found in content.items():
        if is_json(media_type) and "schema" not in found:
            yield f"{media_type} has no schema"
