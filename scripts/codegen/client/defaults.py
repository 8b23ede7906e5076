"""Defaults of arguments: sent by the client, or left to the service.

The contract says which. The client sends a `default` of something *required*, since the service has
none of its own. A `default` of something *optional* describes what the service does without it, so
it is left to the service unless `x-liminal-send-default: true` stands next to it.
"""

from __future__ import annotations

import json
from typing import Any

from scripts.codegen.client.docstrings import literal
from scripts.codegen.client.shapes import Absent, Enumeration, Nullable, Scalar, Shape

EXTENSION = "x-liminal-send-default"
# In the copy of the contract for the generator, which would refuse defaults that it can't express.
KEPT = "x-liminal-default"


def default_of(schema: dict[str, Any]) -> Any:
    """Return a schema's default, or None: a default of null is none."""
    return schema.get("default", schema.get(KEPT))


def applied(schema: dict[str, Any], shape: Shape, *, required: bool) -> str | None:
    """Write the default that the client sends by itself as Python source, if there is one."""
    while isinstance(shape, Nullable | Absent):
        shape = shape.inner
    value = default_of(schema)
    is_sent = value is not None and (required or bool(schema.get(EXTENSION)))
    if not is_sent or not is_simple(value) or (isinstance(shape, Scalar) and shape.encoder):
        return None
    text = literal(value) if isinstance(value, str) else repr(value)
    if isinstance(shape, Enumeration) and text in shape.values:
        return f"{shape.name}.{shape.values[text]}"
    return text


def is_simple(value: Any) -> bool:
    """Return whether a default can be written in a signature: it must be immutable."""
    return not isinstance(value, list | dict)


def described(doc: str, schema: dict[str, Any], shape: Shape, *, required: bool) -> str:
    """Add the default to a description."""
    value, doc = default_of(schema), doc.strip()
    if value is None or (required and applied(schema, shape, required=required) is None):
        return doc
    shown = json.dumps(value, ensure_ascii=False)
    note = f"If it is left out, the service takes {shown}."
    if applied(schema, shape, required=required) is not None:
        note = f"By default, {shown} is sent."
    return f"{doc}{'' if doc.endswith(('.', '!', '?')) else '.'} {note}" if doc else note
