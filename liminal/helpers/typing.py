"""The import path of 2025.5.0 for a type variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if TYPE_CHECKING:
    from liminal._compat.values import ValidatedResponseT
else:
    __getattr__ = moved(__name__)

__all__ = ["ValidatedResponseT"]
