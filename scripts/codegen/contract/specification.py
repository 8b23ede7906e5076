"""Checks a contract against the OpenAPI specification; each fault comes with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types
from openapi_python_client.strings import PythonIdentifier
from openapi_spec_validator import OpenAPIV31SpecValidator, OpenAPIV32SpecValidator

from scripts.codegen.contract.document import Contract, Where, keywords, walk
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.contract.schema_refs import properties

Found = Iterator[tuple[Where, str]]

_NOTHING = object()

STATUS = re.compile(r"([1-5]([0-9]{2}|XX)|default|x-.*)$")

# Where a reference has to lead: maps of these are made of, or refer to, the components so called.
KINDS = {"headers", "parameters", "responses", "requestBodies", "links", "securitySchemes"}


def keys(contract: Contract) -> Found:
    """Find keys that YAML does not take for strings, as it does not take a status of 200."""
    for where, found in _objects(contract.data):
        for key in found:
            if not isinstance(key, str):
                yield (*where, key), f"the key {key} must be a string: put it in quotes"
        responses = found.get("responses")
        if where[:1] == ("paths",) and len(where) == 3 and isinstance(responses, dict):
            for status in responses:
                if isinstance(status, str) and not STATUS.match(status):
                    yield (
                        (*where, "responses", status),
                        f"{status} is not a status: use one such as 200, 2XX, or default",
                    )


def _objects(data: Any, where: Where = ()) -> Iterator[tuple[Where, dict[Any, Any]]]:
    if isinstance(data, dict):
        yield where, data
    for step, child in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(child, dict | list):
            yield from _objects(child, (*where, step))


def structure(contract: Contract) -> Found:
    """Find violations of the structure of OpenAPI and JSON Schema."""
    version = str(contract.data.get("openapi", ""))
    if not version.startswith(("3.1.", "3.2.")):
        yield ("openapi",), "the contract must be OpenAPI 3.1 or 3.2"
        return
    yield from _faults(_validator(contract).schema_validator, contract.data)
    validator = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    for where, schema in _schemas(contract):
        for place, reason in _faults(validator, schema):
            yield (*where, *place), reason


def _validator(contract: Contract) -> Any:
    is_new = str(contract.data["openapi"]).startswith("3.2.")
    return (OpenAPIV32SpecValidator if is_new else OpenAPIV31SpecValidator)(contract.data)


def _schemas(contract: Contract) -> Iterator[tuple[Where, Any]]:
    """Go through the schemas that are in no other."""
    components = contract.data.get("components")
    named = components.get("schemas") if isinstance(components, dict) else None
    for name, schema in named.items() if isinstance(named, dict) else ():
        yield ("components", "schemas", name), schema
    for where, found in walk(contract.data):
        if "schema" in found and not {"schema", "schemas"} & keywords(where):
            yield (*where, "schema"), found["schema"]


def _faults(validator: Any, instance: Any) -> Found:
    for error in validator.iter_errors(instance):
        while error.context:  # Of several alternatives, the deepest error says most.
            error = max(error.context, key=lambda tried: len(tried.absolute_path))  # noqa: PLW2901
        yield _path(instance, error.absolute_path), _shortened(error.message)


def _path(found: Any, steps: Any) -> Where:
    """Return a validator's path; one of them takes keys such as ``"200"`` for numbers."""
    path: Where = ()
    for step in steps:
        key = str(step) if isinstance(found, dict) else step
        path = (*path, key)
        found = _follow(found, (key,))
    return path


def references(contract: Contract) -> Found:
    """Find references that lead nowhere, in a circle, or to something of another kind."""
    for where, found in walk(contract.data):
        reference = found.get("$ref")
        if reference is None:
            continue
        try:
            contract.resolve({"$ref": reference})
        except (KeyError, TypeError):
            yield (*where, "$ref"), f"there is nothing at {reference}"
        except RecursionError:
            yield (*where, "$ref"), f"{reference} refers back to itself"
        else:
            kind = _kind(where)
            if _made_of_itself(contract, reference):
                yield (*where, "$ref"), f"{reference} refers back to itself through allOf"
            if not reference.startswith(f"#/components/{kind}/"):
                yield (*where, "$ref"), f"a reference here must point into #/components/{kind}/"


def _made_of_itself(contract: Contract, reference: str, seen: frozenset[str] = frozenset()) -> bool:
    """Return whether a schema is a part of itself."""
    schema = contract.resolve({"$ref": reference})
    parts = schema.get("allOf", []) if isinstance(schema, dict) else []
    further = [part["$ref"] for part in parts if isinstance(part, dict) and "$ref" in part]
    seen |= {reference}
    return any(part in seen or _made_of_itself(contract, part, seen) for part in further)


def _kind(where: Where) -> str:
    if {"schema", "schemas"} & keywords(where):
        return "schemas"
    if where[-1:] == ("requestBody",):
        return "requestBodies"
    return next((str(step) for step in where[-2:-1] if step in KINDS), "schemas")


def meaning(contract: Contract) -> Found:
    """Find parts that are well-formed but meaningless."""
    yield from _operation_ids(contract)
    yield from _required(contract)
    yield from _parameters(contract)
    yield from _defaults(contract)
    validator = _validator(contract)
    try:  # Only the checks beyond structure, which was checked before.
        errors = list(validator.root_validator(validator.schema_path))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        yield (), f"the OpenAPI validator failed: {error!r}"
        return
    for found in errors:
        message = _shortened(found.message)
        yield _place(contract, tuple(found.absolute_path), found.instance, message), message


def _operation_ids(contract: Contract) -> Found:
    seen: dict[str, Operation] = {}
    for operation in operations(contract):
        name = PythonIdentifier(operation.id, "field_")
        where = (*operation.where, "operationId")
        if not operation.id:
            yield where, "the operation has no operationId to name its module after"
        elif name in seen:
            other = f"{seen[name].id}, of {seen[name].method} {seen[name].path}"
            yield where, f"the operationId {operation.id} is taken: another is {other}"
        seen.setdefault(name, operation)


def _required(contract: Contract) -> Found:
    for where, schema in walk(contract.data):
        if where[-2:-1] == ("allOf",) or not {"properties", "allOf"} & schema.keys():
            continue  # A part may require a property that another part has.
        known = properties(contract, schema)
        for place, required in _demands(where, schema):
            for name in required:
                if name not in known:
                    yield place, f"{name} is required, but is not a property"


def _demands(where: Where, schema: dict[str, Any]) -> Iterator[tuple[Where, list[str]]]:
    """Return the lists of what a schema and its parts require, each with its place."""
    yield (*where, "required"), schema.get("required", [])
    for index, part in enumerate(schema.get("allOf", [])):
        if isinstance(part, dict):
            yield from _demands((*where, "allOf", index), part)


def _parameters(contract: Contract) -> Found:
    """Find parameters that are defined twice."""
    for where, found in walk(contract.data.get("paths", {}), ("paths",), names=True):
        seen: set[tuple[str, str]] = set()
        given = found.get("parameters", [])
        for index, parameter in enumerate(given if isinstance(given, list) else []):
            one = contract.resolve(parameter)
            if (one["in"], one["name"]) in seen:
                place = (*where, "parameters", index)
                yield place, f"the parameter {one['name']} is defined twice in the {one['in']}"
            seen.add((one["in"], one["name"]))


def _defaults(contract: Contract) -> Found:
    """Find defaults that don't match their own schemas."""
    for where, schema in walk(contract.data):
        own = {key: schema[key] for key in ("type", "enum", "const") if key in schema}
        if "default" in schema and own and {"schema", "schemas"} & keywords(where):
            for error in Draft202012Validator(own).iter_errors(schema["default"]):
                yield (*where, "default"), f"the default does not fit: {_shortened(error.message)}"


def _place(contract: Contract, path: Where, instance: object, message: str) -> Where:
    """Locate the validator's problem. It gives the path from a schema, or no path."""
    for where, found in walk(contract.data):
        if path and _follow(found, path) == instance:
            return (*where, *path)
    operation = re.search(r"'(\w+)' operation in '([^']+)'", message)
    return ("paths", operation[2], operation[1]) if operation else ()


def _follow(found: Any, path: Where) -> Any:
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return _NOTHING
    return found


def _shortened(message: str, limit: int = 200) -> str:
    line = message.strip().partition("\n")[0]
    return line if len(line) <= limit else f"{line[:limit]}…"
