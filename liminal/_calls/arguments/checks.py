"""Checks of arguments and settings, before anything is sent."""

from __future__ import annotations

import operator
from typing import Final

from liminal.errors import LiminalError

# The service stores ids as signed 64-bit integers.
_LARGEST_ID: Final = 2**63 - 1


def as_id(name: str, value: object) -> int:
    """Return the id as an int. Integers of other libraries, such as ``numpy.int64``, are taken."""
    number = _whole_number(value)
    if number is None or not 0 <= number <= _LARGEST_ID:
        raise LiminalError(f"{name} must be an id: a whole number from 0 to 2**63 - 1")
    return number


def _whole_number(value: object) -> int | None:
    """The value as an int; None for a bool and for anything that is not an integer."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - the method of a foreign object may raise anything
        return None


def check_count(name: str, value: object, *, least: int) -> None:
    """Raise LiminalError unless the value is an int of at least ``least``."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise LiminalError(f"{name} must be a whole number, {least} or more")


def check_text(name: str, value: object) -> None:
    """Raise LiminalError unless the value is a str."""
    if not isinstance(value, str):
        raise LiminalError(f"{name} must be a str, not of type {type(value).__name__}")


def check_name(name: str, value: object) -> None:
    """Raise LiminalError unless the value is a str with visible characters."""
    check_text(name, value)
    if not str(value).strip():
        raise LiminalError(f"{name} must not be empty")
