# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""From values to JSON, and to the text of URLs, headers and forms."""

from __future__ import annotations

import json
from datetime import date
from enum import Enum
from typing import Any, Final, Protocol, cast
from urllib.parse import quote, unquote

from .errors import InvalidParameter
from .types import NOT_GIVEN

# Made once: json.dumps makes one at each call that has options.
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def dumps(value: object) -> bytes:
    """Write JSON text in ASCII: lone surrogates, which UTF-8 can't encode, are escaped, too."""
    try:
        return _ENCODER.encode(value).encode("ascii")
    except (TypeError, ValueError, RecursionError):
        pass
    raise InvalidParameter("body", "holds something that JSON can't express")


class _Model(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


def as_fields(value: object, kind: type[_Model], name: str = "body") -> dict[str, Any]:
    """Encode an argument that has to be a model: without a type checker, it may be a dict."""
    if isinstance(value, kind):
        try:
            return value.to_dict()
        except (AttributeError, TypeError):
            pass
    raise InvalidParameter(name, f"has to be a {kind.__name__}, made of what that class asks for")


def as_text(value: object) -> str:
    """Write a value as in a URL, a header, a form, or a JSON string; the items of a list with commas."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case date():
            return value.isoformat().replace("+00:00", "Z")
        case list():
            return ",".join(as_text(item) for item in cast("list[object]", value))
        case _:
            return str(value)


def in_path(name: str, value: object) -> str:
    """Quote a part of a path.

    One that would lead elsewhere is refused: nothing, ``.`` and ``..``, also between slashes, and
    also percent-encoded, since some servers decode a path before, and others after, they resolve it.
    """
    text = plain = as_text(value)
    while plain != (plain := unquote(plain)):
        pass
    if not plain or {".", ".."} & set(plain.replace("\\", "/").split("/")):
        raise InvalidParameter(name, "can't be empty, '.' or '..'")
    return quote(as_utf8(text, name), safe="")


def in_query(name: str, value: object) -> str:
    """Write a value as in a query; httpx quotes it."""
    text = as_text(value)
    as_utf8(text, name)
    return text


def as_utf8(text: str, name: str = "body") -> bytes:
    """Encode a text; one with a lone surrogate has no UTF-8."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass
    raise InvalidParameter(name, "holds a lone surrogate, which UTF-8 can't encode")


def hidden(value: object) -> str:
    """Stand in for a sensitive value in a repr."""
    return repr(value) if value is None or value is NOT_GIVEN else "<hidden>"
