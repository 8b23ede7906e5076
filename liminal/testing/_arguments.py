"""Checks arguments that several parts of ``liminal.testing`` take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liminal.errors import LiminalError

if TYPE_CHECKING:
    import os


def as_path(name: str, value: str | os.PathLike[str]) -> Path:
    """Return the argument as a path; LiminalError if it is another type."""
    try:
        return Path(value)
    except TypeError:
        pass
    raise LiminalError(f"{name} must be a str or a path, not of type {type(value).__name__}")
