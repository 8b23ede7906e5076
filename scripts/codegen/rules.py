"""What may be wrong with a contract, and the line of it.

First what would keep the contract from being read, then what the OpenAPI specification demands,
then what the generator, or our templates, can't do: most of it would be left out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.strings import ClassName, PythonIdentifier
from openapi_spec_validator import OpenAPIV31SpecValidator

from scripts.codegen.contract import Contract, ContractError, Problem, Where, walk
from scripts.codegen.operations import Operation, operations
from scripts.codegen.prepare import is_json

Found = Iterator[tuple[Where, str]]

_NOTHING = object()

EXTENSIONS = frozenset({"x-liminal-repeatable", "x-liminal-sensitive"})

# Words of JSON Schema that change what a value may be, and that the generated code would not heed.
KEYWORDS = {
    "nullable": "is of OpenAPI 3.0: write `type: [..., 'null']`",
    "patternProperties": "can't be generated: use additionalProperties",
    "unevaluatedProperties": "can't be generated: use additionalProperties",
    "if": "can't be generated: use oneOf with a discriminator",
    "dependentSchemas": "can't be generated: use oneOf with a discriminator",
    "readOnly": "can't be generated: have a schema for what is sent and one for what is answered",
    "writeOnly": "can't be generated: have a schema for what is sent and one for what is answered",
}

# Names that the generated modules import: a schema so called would hide them.
CLASSES = {
    "Any",
    "At",
    "Client",
    "File",
    "Final",
    "Literal",
    "Operation",
    "RequestKwargs",
    "Response",
}
CLASSES |= {"Self", "UUID"}

# RFC 9110 and OpenAPI: what these say is said elsewhere.
HEADERS = frozenset({"accept", "authorization", "content-type", "cookie"})

STYLES = {"query": "form", "path": "simple", "header": "simple"}


def check(contract: Contract) -> None:
    """Raise ContractError when anything is wrong, with as much of it as can be told at once."""
    for rules in ((_keys,), (_references,), (_required, _specification), GENERATOR):
        problems = [
            contract.problem(where, reason) for rule in rules for where, reason in rule(contract)
        ]
        if problems:
            raise ContractError(*_distinct(problems))


def _distinct(problems: list[Problem]) -> list[Problem]:
    """Leave out what is there twice, and what has no place of its own if something else has."""
    placed = [problem for problem in problems if problem.line > 1] or problems
    return sorted(dict.fromkeys(placed), key=lambda problem: problem.line)


# ---- whether it can be read


def _keys(contract: Contract) -> Found:
    for where, found in _objects(contract.data):
        for key in found:
            if not isinstance(key, str):
                yield (*where, key), f"the key {key} has to be a string: put it in quotes"


def _objects(data: Any, where: Where = ()) -> Iterator[tuple[Where, dict[Any, Any]]]:
    if isinstance(data, dict):
        yield where, data
    children = data.items() if isinstance(data, dict) else enumerate(data)
    for step, child in children:
        if isinstance(child, dict | list):
            yield from _objects(child, (*where, step))


def _references(contract: Contract) -> Found:
    for where, found in walk(contract.data):
        reference = found.get("$ref")
        if isinstance(reference, str):
            try:
                contract.resolve({"$ref": reference})
            except (KeyError, TypeError):
                yield (*where, "$ref"), f"there is nothing at {reference}"
            except RecursionError:
                yield (*where, "$ref"), f"{reference} leads back to itself"


# ---- whether it is OpenAPI


def _specification(contract: Contract) -> Found:
    if not str(contract.data.get("openapi", "")).startswith("3.1"):
        yield ("openapi",), "the contract has to be OpenAPI 3.1"
        return
    yield from _operation_ids(contract)
    for error in OpenAPIV31SpecValidator(contract.data).iter_errors():
        while error.context:  # The alternatives that were tried: one that led deepest tells most.
            error = max(error.context, key=lambda tried: len(tried.absolute_path))  # noqa: PLW2901
        message = _shortened(error.message)
        yield _place(contract, tuple(error.absolute_path), error.instance, message), message


def _place(contract: Contract, path: Where, instance: object, message: str) -> Where:
    """Find what the validator found fault with: it gives the path from a schema only, or none."""
    if path and _follow(contract.data, path) is not _NOTHING:
        return path
    for where, found in walk(contract.data):
        if path and _follow(found, path) == instance:
            return (*where, *path)
    operation = re.search(r"'(\w+)' operation in '([^']+)'", message)
    return ("paths", operation[2], operation[1]) if operation else ()


def _follow(found: Any, path: Where) -> object:
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return _NOTHING
    return found


def _required(contract: Contract) -> Found:
    for where, schema in walk(contract.data):
        required, properties = schema.get("required"), schema.get("properties")
        if isinstance(required, list) and isinstance(properties, dict) and "allOf" not in schema:
            for name in required:
                if name not in properties:
                    yield (*where, "required"), f"{name} is required, and is no property"


def _operation_ids(contract: Contract) -> Found:
    seen: dict[str, str] = {}
    for operation in operations(contract):
        where, name = (*operation.where, "operationId"), PythonIdentifier(operation.id, "field_")
        if not operation.id:
            yield (
                operation.where,
                "the operation has no operationId, which its module is named after",
            )
        elif name in seen:
            yield where, f"the operationId {operation.id} is taken: another is {seen[name]}"
        seen[name] = operation.id


def _shortened(message: str, limit: int = 200) -> str:
    line = message.strip().partition("\n")[0]
    return line if len(line) <= limit else f"{line[:limit]}…"


# ---- whether it can be generated


def _document(contract: Contract) -> Found:
    if "webhooks" in contract.data:
        yield ("webhooks",), "webhooks can't be generated"
    for where, found in walk(contract.data):
        for key in found:
            if key.startswith("x-liminal-") and key not in EXTENSIONS:
                yield (
                    (*where, key),
                    f"{key} is no extension of ours: {', '.join(sorted(EXTENSIONS))}",
                )
            if key in EXTENSIONS and not isinstance(found[key], bool):
                yield (*where, key), f"{key} has to be true or false"


def _schemes(contract: Contract) -> Found:
    schemes = contract.data.get("components", {}).get("securitySchemes", {})
    for name, scheme in schemes.items():
        if scheme["type"] == "mutualTLS":
            yield ("components", "securitySchemes", name), "mutualTLS can't be generated"


def _schemas(contract: Contract) -> Found:
    for where, schema in walk(contract.data):
        for key, reason in KEYWORDS.items():
            if key in schema and _is_schema(where):
                yield (*where, key), f"{key} {reason}"
        if isinstance(schema.get("enum"), list):
            for reason in _enumeration(schema["enum"]):
                yield (*where, "enum"), reason
        if isinstance(schema.get("discriminator"), dict):
            for part, reason in _discriminator(schema):
                yield (*where, part), reason
    for name in contract.data.get("components", {}).get("schemas", {}):
        if ClassName(name, "field_") in CLASSES:
            yield ("components", "schemas", name), f"{name} is a name that the package itself needs"


def _is_schema(where: Where) -> bool:
    """Tell schemas from parameters, headers and the like, by what stands around them."""
    return "schema" in where or "schemas" in where


def _enumeration(values: list[Any]) -> Iterator[str]:
    kept = [value for value in values if value is not None]
    if len({type(value) for value in kept}) > 1 or not all(
        isinstance(one, str | int) for one in kept
    ):
        yield "the values of an enumeration have to be strings, or integers, all of them"
        return
    try:
        names = EnumProperty.values_from_list(kept, Class("It", "it"), [])  # type: ignore[arg-type]
    except ValueError:
        names = {}
    if len(names) < len(kept):
        yield "two values of the enumeration would have the same name in Python"


def _discriminator(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    variants = [*schema.get("oneOf", []), *schema.get("anyOf", [])]
    if not variants or not all("$ref" in variant for variant in variants):
        yield "discriminator", "each variant of a union with a discriminator has to be a $ref"


def _operations(contract: Contract) -> Found:
    for operation in operations(contract):
        for rule in (_parts, _parameters, _bodies):
            for part, reason in rule(contract, operation):
                yield (*operation.where, *part), reason


def _parts(_contract: Contract, operation: Operation) -> Found:
    for key in ("callbacks", "servers"):
        if key in operation.data:
            yield (key,), f"{key} of an operation can't be generated"
    if any(len(choice) > 1 for choice in operation.data.get("security", [])):
        yield ("security",), "two security schemes at once can't be generated"


def _parameters(contract: Contract, operation: Operation) -> Found:
    for (location, name), parameter in operation.parameters.items():
        for reason in _parameter(contract, location, name, parameter):
            yield ("parameters",), f"the parameter {name} {reason}"


def _parameter(
    contract: Contract, location: str, name: str, parameter: dict[str, Any]
) -> Iterator[str]:
    kind = contract.resolve(parameter.get("schema", {})).get("type")
    if location == "cookie":
        yield "is a cookie, which can't be generated: the session is the only one"
    elif "schema" not in parameter:
        yield "has no schema"
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


GENERATOR = (_document, _schemes, _schemas, _operations)
