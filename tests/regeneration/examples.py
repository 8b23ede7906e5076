"""Values that fit a contract, put together of the examples in it."""

from __future__ import annotations

from typing import Any

PLAIN = {"integer": 7, "number": 0.5, "string": "text", "boolean": True}
FORMATS = {"date-time": "2024-05-14T09:26:53.589Z", "date": "2024-05-14"}


def example(data: dict[str, Any], holder: dict[str, Any]) -> Any:
    """Give an example for what has a schema: a parameter, a header, a media type."""
    return examples(data, holder)[0]


def examples(data: dict[str, Any], holder: dict[str, Any]) -> list[Any]:
    """Give all the examples that the contract has of it, at least one."""
    schema = _resolved(data, _resolved(data, holder)["schema"])
    return [_value(data, schema, given) for given in schema.get("examples") or [None]]


def _resolved(data: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = data
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def _value(data: dict[str, Any], schema: dict[str, Any], given: Any = None) -> Any:
    """Take the example that stands nearest, and fill in what it leaves out."""
    schema = _resolved(data, schema)
    if given is None and schema.get("examples"):
        given = schema["examples"][0]
    if "properties" in schema:
        known = given if isinstance(given, dict) else {}
        inner = schema["properties"].items()
        return known | {key: _value(data, one, known.get(key)) for key, one in inner}
    if schema.get("type") == "array":
        return given or [_value(data, schema["items"])]
    return _plain(schema) if given is None else given


def _plain(schema: dict[str, Any]) -> Any:
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        return None if "null" in kind else PLAIN[kind[0]]
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    return PLAIN.get(kind, {})
