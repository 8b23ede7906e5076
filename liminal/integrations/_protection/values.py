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
