# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""How pydantic takes, gives and describes a model. Nothing here is loaded before pydantic asks for it.

pydantic's schemas are dicts, so that not even it is imported.
"""

import sys
import types
from datetime import date, datetime
from enum import Enum
from importlib import import_module
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs

from .errors import DecodeError
from .types import File, NotGiven

_SIMPLE: Final[dict[object, dict[str, Any]]] = {
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    File: {"type": "string", "format": "binary"},
    float: {"type": "number"},
    int: {"type": "integer"},
    str: {"type": "string"},
    type(None): {"type": "null"},
    UUID: {"type": "string", "format": "uuid"},
}


def core_schema(model: Any) -> dict[str, Any]:
    """A schema that takes a model, or the JSON object of one, and gives its JSON object."""

    def take(value: object) -> object:
        if isinstance(value, model):
            return value
        try:
            return model.from_dict(value)
        except DecodeError as error:
            problem = str(error)
        raise ValueError(problem)

    def give(value: Any) -> object:
        return value.to_dict()

    return {
        "type": "function-plain",
        "function": {"type": "no-info", "function": take},
        "serialization": {"type": "function-plain", "function": give},
        "ref": f"{model.__module__}.{model.__qualname__}:{id(model)}",
    }


def json_schema(model: Any, keys: dict[str, str], within: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Describe a model whose fields have these names in JSON, where they differ."""
    hints = _hints(model)
    schema: dict[str, Any] = {
        "title": model.__name__,
        "type": "object",
        "description": model.__doc__,
    }
    properties: dict[str, Any] = {}
    required: list[str] = []
    for field in attrs.fields(model):
        name = str(field.name)
        described = _described(hints[name], (*within, model))
        if name == "additional_properties":
            schema["additionalProperties"] = described["additionalProperties"]
            continue
        key = keys.get(name, name)
        properties[key] = described
        if field.default is attrs.NOTHING:
            required.append(key)
    return schema | {"properties": properties, "required": required}


def _hints(model: Any) -> dict[str, Any]:
    module = vars(sys.modules[model.__module__])
    try:
        return get_type_hints(model, module)
    except NameError:  # of a model that this one's module imports for type checkers alone
        models = import_module(f"{__package__}.models")
        return get_type_hints(
            model, module, {name: getattr(models, name) for name in models.__all__}
        )


def _described(hint: Any, within: tuple[Any, ...]) -> dict[str, Any]:
    if hint in _SIMPLE:
        return dict(_SIMPLE[hint])
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        given = [_described(each, within) for each in arguments if each is not NotGiven]
        return given[0] if len(given) == 1 else {"anyOf": given}
    if origin is Literal:
        return {"enum": [each for each in arguments]}
    if origin is list:
        return {"type": "array", "items": _described(arguments[0], within)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _described(arguments[1], within)}
    if isinstance(hint, type):
        return _of_class(hint, within)
    return {}


def _of_class(kind: Any, within: tuple[Any, ...]) -> dict[str, Any]:
    if issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    describe = getattr(kind, "__get_pydantic_json_schema__", None)
    if describe is None:
        return {}
    if kind in within:  # It would never end.
        return {"title": kind.__name__, "type": "object"}
    described: dict[str, Any] = describe(None, None, within)
    return described
