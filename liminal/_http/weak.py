"""The keys of a weak dictionary that still live."""

from __future__ import annotations

import weakref
from typing import Any, TypeVar

K = TypeVar("K")


def live_keys(dictionary: weakref.WeakKeyDictionary[K, Any]) -> list[K]:
    """Return a copy, since keys may come and go while it is iterated over."""
    return [key for found in dictionary.keyrefs() if (key := found()) is not None]
