"""The import paths of 2025.5.0 for what its models had in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if not TYPE_CHECKING:
    __getattr__ = moved(__name__)
