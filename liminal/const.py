"""Where 2025.5.0 had its constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if TYPE_CHECKING:
    from liminal._compat.values import LOGGER, SOURCE
else:
    __getattr__ = moved(__name__)

__all__ = ["LOGGER", "SOURCE"]
