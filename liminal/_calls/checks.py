"""Checks arguments and settings where they come in, so that a slip costs no request."""

from __future__ import annotations

import operator
from typing import Final

from liminal.errors import LiminalError

# What a service can keep: it has 64 bits, as everything that counts rows.
_LARGEST_ID: Final = 2**63 - 1


def as_id(name: str, value: object) -> int:
    """The id as a plain int; whole numbers of other libraries, such as ``numpy.int64``, count."""
    number = _whole_number(value)
    if number is None or not 0 <= number <= _LARGEST_ID:
        raise LiminalError(f"{name} must be an id: a whole number from 0 to 2**63 - 1")
    return number


def _whole_number(value: object) -> int | None:
    """What ``operator.index`` makes of it; None for a bool, which counts nothing, and the rest."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def check_count(name: str, value: object, *, least: int) -> None:
    """Some of the settings count tries, or bytes."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise LiminalError(f"{name} must be a whole number, {least} or more")


def check_text(name: str, value: object) -> None:
    """A prompt may be anything, but text."""
    if not isinstance(value, str):
        raise LiminalError(f"{name} must be a str, not of type {type(value).__name__}")


def check_name(name: str, value: object) -> None:
    """A name that a person is to find again."""
    check_text(name, value)
    if not str(value).strip():
        raise LiminalError(f"{name} must not be empty")


def is_tls_context(value: object) -> bool:
    """Whether it is an ``ssl.SSLContext``: by its methods, since truststore replaces the class."""
    return hasattr(value, "wrap_bio")
