"""Arguments that may be None, as fields of a request that are left out."""

from __future__ import annotations

from typing import TypeVar

from liminal_api.types import NOT_GIVEN, NotGiven

T = TypeVar("T")


def given(value: T | None) -> T | NotGiven:
    """The value, or NOT_GIVEN for None: to a request's model None would mean null."""
    return NOT_GIVEN if value is None else value
