# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""From values to JSON, and to the text of URLs, headers and forms."""

from __future__ import annotations

import json
from datetime import date
from enum import Enum
from typing import Any, Final, Protocol, cast
from urllib.parse import quote, unquote
from uuid import UUID

from .errors import InvalidParameter
from .types import NOT_GIVEN, File, FileTuple

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


def as_json(value: Any) -> Any:
    """Encode a value whose type the contract leaves open."""
    if isinstance(value, list | tuple):
        return [as_json(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | UUID):
        return as_text(value)
    return value.to_dict() if hasattr(value, "to_dict") else value


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


def in_object(name: str, fields: dict[str, Any]) -> list[tuple[str, str]]:
    """Write an object as in a query, a parameter for each field: ``filter[state]=new``."""
    return [
        (f"{name}[{key}]", in_query(name, value))
        for key, value in fields.items()
        if value is not None
    ]


def in_cookie(name: str, value: object) -> str:
    """Write a parameter as in the header ``Cookie``, percent-encoded as OpenAPI's form style is."""
    return f"{name}={quote(as_utf8(as_text(value), name), safe='')}"


def in_header(name: str, value: object) -> str:
    """Write a value as in a header (RFC 9110, section 5.5): a line break would begin another header."""
    text = as_text(value)
    if text.isascii() and text.isprintable() and text == text.strip():
        return text
    raise InvalidParameter(name, "can only hold printable ASCII, with no space around it")


def as_utf8(text: str, name: str = "body") -> bytes:
    """Encode a text; one with a lone surrogate has no UTF-8."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass
    raise InvalidParameter(name, "holds a lone surrogate, which UTF-8 can't encode")


def as_form(fields: dict[str, Any]) -> dict[str, str | list[str]]:
    """Write a model's fields as those of a form (``application/x-www-form-urlencoded``)."""
    return {
        key: [in_query(key, item) for item in cast("list[object]", value)]
        if isinstance(value, list)
        else in_query(key, value)
        for key, value in fields.items()
        if value is not None
    }


def as_parts(fields: dict[str, Any]) -> list[tuple[str, FileTuple]]:
    """Write a model's fields as the parts of a form with files (``multipart/form-data``)."""
    return [
        (key, _part(key, item))
        for key, value in fields.items()
        if value is not None
        for item in (cast("list[object]", value) if isinstance(value, list) else [value])
    ]


def _part(key: str, value: object) -> FileTuple:
    if isinstance(value, File):
        return value.to_tuple()
    if isinstance(value, dict):
        return None, dumps(cast("dict[str, Any]", value)), "application/json"
    return None, as_utf8(as_text(value), key), "text/plain"


def hidden(value: object) -> str:
    """Stand in for a sensitive value in a repr."""
    return repr(value) if value is None or value is NOT_GIVEN else "<hidden>"
