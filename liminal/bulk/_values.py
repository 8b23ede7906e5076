"""How a journal tells items apart, and how it writes results down: as JSON, never as pickles."""

from __future__ import annotations

import hashlib
import json
from importlib import import_module
from typing import Any, Final

from liminal.errors import LiminalError
from liminal_api.errors import ApiError

_MODELS: Final = "liminal_api.models"
# Python strings may hold lone surrogates, which ASCII JSON preserves.
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), sort_keys=True, allow_nan=False)
# The length of the digests of git: no two items will ever have the same.
_DIGEST_BYTES: Final = 20

_NO_DIGEST: Final = (
    "a journal can't tell these items apart: they must be str, or what JSON can hold; or pass a"
    " key that returns that"
)
_NO_RESULT: Final = (
    "a journal can't keep what the function returned: it must be a result of the SDK, or exactly"
    " what JSON can hold (lists, not tuples; str as keys)"
)
_UNREADABLE: Final = "the journal holds a result that this version of the SDK can't read"


def digest(item: object, key: object, salt: bytes) -> bytes:
    """What the item is recognized by in the next run. Without the salt, it tells nothing.

    ``key`` is None, or what the user calls the item; then the item itself counts only if it is a
    str.
    """
    known = [key, item] if key is None or isinstance(item, str) else [key]
    text = _encoded(known)
    if text is None:
        raise LiminalError(_NO_DIGEST)
    return hashlib.blake2b(text.encode("ascii"), key=salt, digest_size=_DIGEST_BYTES).digest()


def encode(value: object) -> str:
    """A result as JSON; LiminalError if it would not come back as it is."""
    model = type(value)
    if model.__module__.startswith(f"{_MODELS}."):
        found: Any = value
        text = _encoded({"model": model.__name__, "value": found.to_dict()})
    else:
        text = _encoded({"value": value})
        if text is not None and json.loads(text)["value"] != value:
            text = None
    if text is None:
        raise LiminalError(_NO_RESULT)
    return text


def decode(text: str) -> Any:
    """The result that was encoded; LiminalError if it can't be read."""
    try:
        found = json.loads(text)
        if "model" not in found:
            return found["value"]
        return getattr(import_module(_MODELS), found["model"]).from_dict(found["value"])
    except (LookupError, TypeError, ValueError, AttributeError, ApiError):
        pass
    raise LiminalError(_UNREADABLE)


def _encoded(value: object) -> str | None:
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError):
        return None
