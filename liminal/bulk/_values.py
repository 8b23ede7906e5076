"""Digests of items and encoded results for the journal: as JSON, never as pickles."""

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
# As long as git's digests: a collision is practically impossible.
_DIGEST_BYTES: Final = 20

_NO_DIGEST: Final = (
    "a journal can't identify these items: they must be str or JSON values, or you must pass a"
    " key that returns such a value"
)
_NO_RESULT: Final = (
    "a journal can't store what the function returned: it must be a result of the SDK or a JSON"
    " value (lists, not tuples; str as keys)"
)
_UNREADABLE: Final = "the journal contains a result that this version of the SDK can't read"


def digest(item: object, key: object, salt: bytes) -> bytes:
    """Return the digest that identifies the item in the next run. The salt keeps it secret.

    If the user gave a ``key``, the item itself counts only if it is a str.
    """
    known = [key, item] if key is None or isinstance(item, str) else [key]
    text = _encoded(known)
    if text is None:
        raise LiminalError(_NO_DIGEST)
    return hashlib.blake2b(text.encode("ascii"), key=salt, digest_size=_DIGEST_BYTES).digest()


def encode(value: object) -> str:
    """Encode a result as JSON; LiminalError if it would not be the same when decoded."""
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
    """Decode a result; LiminalError if it can't be read."""
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
