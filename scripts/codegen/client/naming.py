"""Python names for properties and parameters whose own names would collide.

The rule: ``x-liminal-name`` is the name, where it is given. Otherwise the first in the contract
keeps the usual name (``a-b`` becomes ``a_b``), and others that would have the same get a number:
``a_b_2``. So a property added below another never renames it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from openapi_python_client.strings import PythonIdentifier

from scripts.codegen.contract.document import Contract, walk
from scripts.codegen.contract.operations import Operation, operations

PREFIX = "field_"
NAME = "x-liminal-name"
# In the copy of the contract that the generator reads: the name on the wire of a renamed property.
KEY = "x-liminal-key"


def python_name(key: str) -> str:
    """Return the name that the generator makes of a key."""
    return str(PythonIdentifier(key, PREFIX))


def is_name(name: object) -> bool:
    """Return whether a name can be given to a property."""
    return isinstance(name, str) and bool(name) and name == python_name(name)


def distinct(given: Iterable[tuple[str, str | None]], taken: Iterable[str] = ()) -> dict[str, str]:
    """Map keys to names, all different; each key comes with its ``x-liminal-name``, if any."""
    pairs = [*given]
    names = {key: name for key, name in pairs if name}
    used = {*taken, *names.values()}
    for key in (key for key, name in pairs if not name):
        names[key] = next(name for name in _numbered(python_name(key)) if name not in used)
        used.add(names[key])
    return names


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name.rstrip('_')}_{number}"
        number += 1


def rename_properties(contract: Contract, data: dict[str, Any]) -> None:
    """Rename properties that would collide, in a copy of the contract's data."""
    done = set[int]()
    for _, schema in walk(data):
        inline = [part for part in schema.get("allOf", []) if "$ref" not in part]
        own = [part for part in (schema, *inline) if isinstance(part.get("properties"), dict)]
        if not own or id(own[0]) in done:
            continue
        done |= {id(part) for part in own}
        keys = {key: _given(found) for part in own for key, found in part["properties"].items()}
        inherited = _inherited(contract, schema)
        taken = [name for key, name in inherited.items() if key not in keys]
        names = distinct([*keys.items()], taken)
        for part in own:
            _rename(part, {key: inherited.get(key, name) for key, name in names.items()})


def _given(schema: Any) -> str | None:
    """Return the `x-liminal-name`; a schema may be just true or false."""
    return schema.get(NAME) if isinstance(schema, dict) else None


def _inherited(contract: Contract, schema: Any) -> dict[str, str]:
    """Map the properties of the schemas that ``allOf`` refers to, to their names."""
    found: dict[str, str] = {}
    for part in schema.get("allOf", []):
        if "$ref" in part:
            whole = contract.resolve(part)
            found |= _inherited(contract, whole)
            properties = whole.get("properties", {})
            found |= distinct([(key, _given(one)) for key, one in properties.items()])
    return found


def _rename(schema: dict[str, Any], names: Mapping[str, str]) -> None:
    new = {key: name for key, name in names.items() if name != python_name(key)}
    if new:
        schema["properties"] = {
            new.get(key, key): found | {KEY: key} if key in new else found
            for key, found in schema["properties"].items()
        }
        schema["required"] = [new.get(key, key) for key in schema.get("required", [])]


def parameter_names(operation: Operation) -> dict[tuple[str, str], str]:
    """Map parameters without their usual names, by place and key, to their names."""
    found: dict[tuple[str, str], str] = {}
    for location in ("path", "query", "header", "cookie"):
        given = {
            key: one for (place, key), one in operation.parameters.items() if place == location
        }
        names = distinct([(key, one.get(NAME)) for key, one in given.items()])
        found |= {(location, key): name for key, name in names.items() if name != python_name(key)}
    return found


def rename_parameters(contract: Contract, data: dict[str, Any]) -> None:
    """Rename parameters in the same way, except in a path, whose template names them."""
    for operation in operations(contract):
        names = parameter_names(operation)
        if any(location != "path" for location, _ in names):
            _, path, method = operation.where
            data["paths"][path][method]["parameters"] = [
                one | {"name": names[key] if key in names and key[0] != "path" else one["name"]}
                for key, one in operation.parameters.items()
            ]
