"""What may be wrong with an operation: what the generator would leave out, or ours can't do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.codegen.contract import Contract, walk
from scripts.codegen.operations import Operation, is_stream, operations, plain
from scripts.codegen.prepare import FORMS, is_json
from scripts.codegen.schema_refs import has_properties, holds_object, reachable
from scripts.codegen.specification import Found

# RFC 9110 and OpenAPI: what these say is said elsewhere.
HEADERS = frozenset({"accept", "authorization", "content-type", "cookie"})

STYLES = {"query": "form", "path": "simple", "header": "simple"}


def operation_faults(contract: Contract) -> Found:
    """Find what is wrong with an operation, its parameters, its body and its answers."""
    for operation in operations(contract):
        for rule in (_parts, _parameters, _bodies):
            for part, reason in rule(contract, operation):
                yield (*operation.where, *part), reason


def _parts(_contract: Contract, operation: Operation) -> Found:
    for key in ("callbacks", "servers"):
        if key in operation.data:
            yield (key,), f"{key} of an operation can't be generated"
    if not operation.responses.keys() & {*operation.successes}:
        yield ("responses",), "an operation needs an answer of success: 2xx, 2XX, or default"


def _parameters(contract: Contract, operation: Operation) -> Found:
    for (location, name), parameter in operation.parameters.items():
        for reason in _parameter(contract, location, name, parameter):
            yield ("parameters",), f"the parameter {name} {reason}"


def _parameter(
    contract: Contract, location: str, name: str, parameter: dict[str, Any]
) -> Iterator[str]:
    schema = contract.resolve(parameter.get("schema"))
    if location == "cookie":
        yield "is a cookie, which can't be generated: the session is the only one"
    elif not isinstance(schema, dict):
        yield "has no schema that says what it is"
    elif parameter.get("style", STYLES[location]) != STYLES[location]:
        yield f"has the style {parameter['style']}, which can't be generated"
    elif holds_object(contract, schema):
        yield f"is or holds an object, which can't be generated in a {location}"
    elif location == "path" and schema.get("type") == "array":
        yield "is an array, which can't be generated in a path"
    elif location == "header" and name.lower() in HEADERS:
        yield "is a header that the client itself sets"


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
    references = {schema.get("$ref") for schema in operation.streams.values()}
    if None in references or len(references) > 1:
        yield ("responses",), "a stream's chunks need one schema, by $ref, for all its media types"
    elif references and not _is_model(contract, operation):
        yield ("responses",), "a stream's chunks have to be objects, whose properties are known"


def _is_model(contract: Contract, operation: Operation) -> bool:
    """Say whether the schema of a stream's chunks becomes a class."""
    schema = contract.data["components"]["schemas"][operation.chunk]
    named = isinstance(schema, dict) and not schema.keys() & {"$ref", "oneOf", "anyOf"}
    return named and has_properties(contract, schema)


def _forms(contract: Contract, content: dict[str, Any]) -> Iterator[str]:
    for media_type, found in content.items():
        schema = found.get("schema")
        if plain(media_type) not in FORMS:
            continue
        if media_type not in FORMS:
            yield f"{media_type} can't have parameters: write {plain(media_type)}"
        if not has_properties(contract, schema):
            yield "the body of a form has to be an object, whose properties are known"
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
                        yield (*part, "format"), f"{media_type} can't hold what is binary"


def _content(content: dict[str, Any]) -> Iterator[str]:
    if len(content) > 1:
        types = ", ".join(content)
        yield f"only one media type, apart from those of streams, can be generated, not {types}"
    for media_type, found in content.items():
        if is_json(media_type) and "schema" not in found:
            yield f"{media_type} has no schema"
