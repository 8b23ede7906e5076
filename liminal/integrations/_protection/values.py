"""Narrows JSON values to their types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

Json: TypeAlias = "dict[str, Any]"


def an_object(value: object) -> Json | None:
    """Return the value if it is a JSON object, or None."""
    return cast("Json", value) if isinstance(value, dict) else None


def a_list(value: object) -> Sequence[Any] | None:
    """Return the value if it is a JSON array, or None."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else None


def a_number(value: object) -> int:
    """Return the value if it is a whole number, or 0."""
    return value if isinstance(value, int) else 0


def objects(value: object) -> Sequence[Json]:
    """Return the JSON objects in a JSON array; none if the value isn't one."""
    return [item for item in map(an_object, a_list(value) or ()) if item is not None]
