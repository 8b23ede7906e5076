# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""From JSON to values. What does not fit is a DecodeError that says where, never what.

A place is a linked list from the inside out, ``(((None, "data"), 3), "name")``: a tuple costs next to
nothing, and the text ``$.data[3].name`` is made only when it is needed.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from math import isfinite
from typing import Any, Final, NoReturn, TypeAlias, TypeVar

from .errors import DecodeError

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

At: TypeAlias = "tuple[At, str | int] | None"

ABSENT: Final = object()


# ---- JSON text


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


# Made once: json.loads makes one at each call that has options.
_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)


def loads(content: bytes) -> object:
    """Parse JSON text; numbers that JSON doesn't have, such as NaN, are refused.

    A byte order mark in front is ignored, as RFC 8259, 8.1 allows.
    """
    try:
        return _DECODER.decode(content.removeprefix(BOM_UTF8).decode())
    except (ValueError, RecursionError):
        pass  # Raised below, where the error at hand, which holds the text, is no longer its context.
    raise DecodeError("$", "should be JSON" if content.strip() else "is empty, and should be JSON")


# ---- from JSON


def mutable_twin(cls: type) -> type[Any]:
    """Make a class that differs from a frozen one only in that its instances can be filled.

    ``from_dict`` fills one and then turns it into the frozen class, by ``__class__``, which CPython
    allows between classes with the same slots. That takes half the time of the frozen constructor,
    which has to go around its own ``__setattr__`` for each field.
    """
    return type(f"{cls.__name__}Mutable", (), {"__slots__": cls.__dict__["__slots__"]})


def decode_error(value: object, expected: str, at: At) -> DecodeError:
    """Say that the value at ``at`` is not as expected, or that there is none."""
    return DecodeError(_path(at), "is missing" if value is ABSENT else f"should be {expected}")


def _path(at: At) -> str:
    steps: list[str] = []
    while at is not None:
        at, step = at
        steps.append(f".{step}" if isinstance(step, str) else f"[{step}]")
    return "$" + "".join(reversed(steps))


def a_string(value: object, at: At) -> str:
    if type(value) is str:
        return value
    raise decode_error(value, "a string", at)


def a_number(value: object, at: At) -> float:
    """Take an integer, too, and keep it as it is; a float that is infinite (``1e999``) is refused."""
    if type(value) is int or (type(value) is float and isfinite(value)):
        return value
    raise decode_error(value, "a number", at)


def a_constant(constant: T, value: object, at: At) -> T:
    if type(value) is type(constant) and value == constant:
        return constant
    raise decode_error(value, json.dumps(constant), at)


def a_datetime(value: object, at: At) -> datetime:
    """Take a time with its offset (RFC 3339): without, it would be no moment, and compare with none."""
    # Spelled out, unlike those below: most answers are full of times.
    if type(value) is str:
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if time.tzinfo is not None:
                return time
    raise decode_error(value, "a time with its offset, in ISO 8601", at)


def a_known_str(members: Mapping[str, E], value: object, at: At) -> E | str:
    """Give the member of an enumeration, or the string itself when the contract doesn't know it."""
    if type(value) is str:
        return members.get(value, value)
    raise decode_error(value, "a string", at)


def an_array(value: Any, at: At) -> list[Any]:
    if value.__class__ is list:
        array: list[Any] = value
        return array
    raise decode_error(value, "an array", at)


def an_object(value: Any, at: At) -> dict[str, Any]:
    if value.__class__ is dict:
        found: dict[str, Any] = value
        return found
    raise decode_error(value, "an object", at)
