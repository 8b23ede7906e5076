"""JSON values, told apart for type checkers as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

Json: TypeAlias = "dict[str, Any]"


def an_object(value: object) -> Json | None:
    """The value if it is a JSON object."""
    return cast("Json", value) if isinstance(value, dict) else None


def a_list(value: object) -> Sequence[Any] | None:
    """The value if it is a JSON array."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else None


def a_number(value: object) -> int:
    """The value if it is a whole number, and 0 otherwise."""
    return value if isinstance(value, int) else 0


def objects(value: object) -> Sequence[Json]:
    """The JSON objects in a JSON array; none if the value isn't one."""
    return [item for item in map(an_object, a_list(value) or ()) if item is not None]
