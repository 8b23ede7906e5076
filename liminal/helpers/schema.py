"""The import path of 2025.5.0 for the base class of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if TYPE_CHECKING:
    from liminal._compat.bases import BaseResponseSchema
else:
    __getattr__ = moved(__name__)

__all__ = ["BaseResponseSchema"]
