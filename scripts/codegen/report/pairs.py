"""Compares two states of something: what is new, gone, or in both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")


def split(old: Mapping[K, object], new: Mapping[K, object]) -> tuple[list[K], list[K], list[K]]:
    """List the keys that are new, those that are gone, and those that both have."""
    return (
        [key for key in new if key not in old],
        [key for key in old if key not in new],
        [key for key in new if key in old],
    )


def switched(old: object, new: object, on: str, off: str) -> tuple[str, ...]:
    """Return the rule for what is true from now on, or no longer; none if nothing changed."""
    return () if bool(old) == bool(new) else (on if new else off,)
