"""Checks a contract: that it is valid OpenAPI, and that all of it can be generated.

Much of what can't be generated, openapi-python-client would leave out without a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types
from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.strings import ClassName

from scripts.codegen.client import defaults, naming, paging
from scripts.codegen.contract import specification
from scripts.codegen.contract.document import (
    Contract,
    ContractError,
    Problem,
    Where,
    keywords,
    walk,
)
from scripts.codegen.contract.specification import Found
from scripts.codegen.operation_rules import json_faults, operation_faults

FLAGS = frozenset({"x-liminal-repeatable", "x-liminal-sensitive", defaults.EXTENSION})
EXTENSIONS = FLAGS | {naming.NAME, paging.EXTENSION}

# Words of JSON Schema that change what a value may be, and that the generated code would ignore.
KEYWORDS = {
    "nullable": "belongs to OpenAPI 3.0: write `type: [..., 'null']`",
    "patternProperties": "can't be generated: use additionalProperties",
    "unevaluatedProperties": "can't be generated: use additionalProperties",
    "if": "can't be generated: use oneOf with a discriminator",
    "dependentSchemas": "can't be generated: use oneOf with a discriminator",
    "readOnly": "can't be generated: have a schema for what is sent and one for what is answered",
    "writeOnly": "can't be generated: have a schema for what is sent and one for what is answered",
}

# All keywords of schemas, those of OpenAPI included.
KNOWN = KEYWORDS.keys() | Draft202012Validator.VALIDATORS.keys()
KNOWN |= {"$anchor", "$comment", "$defs", "$id", "$schema", "contentEncoding", "contentMediaType"}
KNOWN |= {"contentSchema", "default", "deprecated", "description", "discriminator", "else"}
KNOWN |= {"example", "examples", "externalDocs", "then", "title", "xml"}
# Keywords whose values are not schemas.
INSIDE = {"dependentRequired", "dependentSchemas", "discriminator", "externalDocs", "xml"}

# Keywords beside which the generator drops properties.
BESIDE = {
    "$ref": "put the $ref into allOf",
    "anyOf": "put them into each variant",
    "oneOf": "put them into each variant",
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


def check(contract: Contract) -> None:
    """Raise ContractError with all problems that can be found at once."""
    for rules in STAGES:
        problems = [
            contract.problem(where, reason) for rule in rules for where, reason in rule(contract)
        ]
        if problems:
            raise ContractError(*_distinct(problems))


def _distinct(problems: list[Problem]) -> list[Problem]:
    """Leave out what is there twice, and what has no place of its own if something else has."""
    placed = [problem for problem in problems if problem.line > 1] or problems
    return sorted(dict.fromkeys(placed), key=lambda problem: problem.line)


def _document(contract: Contract) -> Found:
    if "webhooks" in contract.data:
        yield ("webhooks",), "webhooks can't be generated"
    for path, item in contract.data.get("paths", {}).items():
        for key in {"$ref", "servers"} & item.keys():
            yield ("paths", path, key), f"{key} of a path can't be generated"
    for where, found in walk(contract.data):
        for key in found:
            if key.startswith("x-liminal-") and key not in EXTENSIONS:
                yield (
                    (*where, key),
                    f"{key} is not one of our extensions: {', '.join(sorted(EXTENSIONS))}",
                )
            if key in FLAGS and not isinstance(found[key], bool):
                yield (*where, key), f"{key} must be true or false"


def _schemes(contract: Contract) -> Found:
    schemes = contract.data.get("components", {}).get("securitySchemes", {})
    for name, scheme in schemes.items():
        if scheme["type"] == "mutualTLS":
            yield ("components", "securitySchemes", name), "mutualTLS can't be generated"
    for where, found in walk(contract.data):
        for index, choice in enumerate(found.get("security", []) if _is_secured(where) else ()):
            if len(choice) > 1:
                yield (*where, "security", index), "two security schemes at once can't be generated"
            for name in choice.keys() - schemes.keys():
                yield (*where, "security", index), f"there is no security scheme {name}"


def _is_secured(where: Where) -> bool:
    """Tell the document and its operations from what else may have a part called security."""
    return not where or (where[0] == "paths" and len(where) == 3)


def _schemas(contract: Contract) -> Found:
    for where, schema in walk(contract.data):
        if _is_schema(where):
            for key, reason in _keywords(contract, schema):
                yield (*where, key), reason
        if isinstance(schema.get("enum"), list):
            for reason in _enumeration(schema["enum"]):
                yield (*where, "enum"), reason
        if isinstance(schema.get("discriminator"), dict):
            for part, reason in _discriminator(schema):
                yield (*where, part), reason
    for name in contract.data.get("components", {}).get("schemas", {}):
        if ClassName(name, "field_") in CLASSES:
            yield ("components", "schemas", name), f"{name} is a name that the package uses itself"


def _keywords(contract: Contract, schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Find keywords that the generator would ignore."""
    for key in schema:
        if key in KEYWORDS:
            yield key, f"{key} {KEYWORDS[key]}"
        elif key not in KNOWN and not key.startswith("x-"):
            yield key, f"{key} is not a keyword of schemas"
    for key, advice in BESIDE.items():
        if key in schema and "properties" in schema:
            yield "properties", f"properties beside {key} can't be generated: {advice}"
    parts = schema.get("allOf", [])
    if len(parts) != 1 or not isinstance(parts[0], dict) or parts[0].keys() != {"$ref"}:
        found = [contract.resolve(one) for one in parts]
        if not all(
            isinstance(one, dict) and "object" in one.get("type", "object") for one in found
        ):
            yield "allOf", "only objects can be parts of allOf"


def _names(contract: Contract) -> Found:
    """Find invalid and duplicate Python names."""
    for where, found in walk(contract.data):
        name = found.get(naming.NAME)
        if name is not None and not naming.is_name(name):
            yield (*where, naming.NAME), f"{name} must be a Python name in snake_case"
        parts = found.get("properties", {}).values()
        given = [one.get(naming.NAME) for one in parts if isinstance(one, dict)]
        for name in {one for one in given if one and given.count(one) > 1}:
            yield (*where, "properties"), f"two properties have the x-liminal-name {name}"


def _defaults(contract: Contract) -> Found:
    """Find defaults that the client should send but can't."""
    for where, found in walk(contract.data):
        if found.get(defaults.EXTENSION):
            value = defaults.default_of(found)
            if value is None:
                yield (*where, defaults.EXTENSION), "there is no default to send"
            elif not defaults.is_simple(value):
                yield (*where, "default"), "a list or an object can't be sent by default"


def _is_schema(where: Where) -> bool:
    """Tell schemas from parameters, headers and the like, by the keywords around them."""
    return bool({"schema", "schemas"} & keywords(where)) and not INSIDE & keywords(where)


def _enumeration(values: list[Any]) -> Iterator[str]:
    kept = [value for value in values if value is not None]
    if len({type(value) for value in kept}) > 1 or not all(
        isinstance(one, str | int) for one in kept
    ):
        yield "the values of an enumeration must be all strings or all integers"
        return
    try:
        names = EnumProperty.values_from_list(kept, Class("It", "it"), [])  # type: ignore[arg-type]
    except ValueError:
        names = {}
    if len(names) < len(kept):
        yield "two values of the enumeration would have the same name in Python"


def _discriminator(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    variants = [*schema.get("oneOf", []), *schema.get("anyOf", [])]
    references = [one.get("$ref") for one in variants if isinstance(one, dict)]
    if not references or len(references) < len(variants) or None in references:
        yield "discriminator", "each variant of a union with a discriminator must be a $ref"
    elif not isinstance(schema["discriminator"].get("propertyName"), str):
        yield "discriminator", "a discriminator must have a propertyName"
    elif not set(schema["discriminator"].get("mapping", {}).values()) <= set(references):
        yield "discriminator", "a discriminator's mapping can only point to variants of the union"


# Each stage may rely on the checks of the stages before it.
STAGES = (
    (specification.keys,),
    (specification.structure,),
    (specification.references,),
    (specification.meaning,),
    (_document, _schemes, _schemas, _names, _defaults, operation_faults, json_faults),
)
