"""What may be wrong with an operation: what the generator would leave out, or ours can't do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.codegen.contract import Contract
from scripts.codegen.operations import Operation, operations
from scripts.codegen.prepare import is_json
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
    kind = schema.get("type") if isinstance(schema, dict) else None
    if location == "cookie":
        yield "is a cookie, which can't be generated: the session is the only one"
    elif not isinstance(schema, dict):
        yield "has no schema that says what it is"
    elif parameter.get("style", STYLES[location]) != STYLES[location]:
        yield f"has the style {parameter['style']}, which can't be generated"
    elif kind == "object" or (kind == "array" and location == "path"):
        yield f"is an {kind}, which can't be generated in a {location}"
    elif location == "header" and name.lower() in HEADERS:
        yield "is a header that the client itself sets"


def _bodies(contract: Contract, operation: Operation) -> Found:
    if "requestBody" in operation.data:
        content = contract.resolve(operation.data["requestBody"]).get("content", {})
        for reason in _content(content):
            yield ("requestBody",), reason
    for status in operation.successes:
        content = operation.responses.get(status, {}).get("content", {})
        whole = {key: one for key, one in content.items() if key not in operation.streams}
        for reason in _content(whole):
            yield ("responses", status), reason
    references = {schema.get("$ref") for schema in operation.streams.values()}
    if None in references or len(references) > 1:
        yield ("responses",), "a stream's chunks need one schema, by $ref, for all its media types"


def _content(content: dict[str, Any]) -> Iterator[str]:
    if len(content) > 1:
        types = ", ".join(content)
        yield f"only one media type, apart from those of streams, can be generated, not {types}"
    for media_type, found in content.items():
        if is_json(media_type) and "schema" not in found:
            yield f"{media_type} has no schema"
