"""Where 2025.5.0 had its client. ``liminal`` has it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if TYPE_CHECKING:
    from liminal import Client
    from liminal._compat.values import DEFAULT_REQUEST_TIMEOUT
else:
    __getattr__ = moved(__name__)

__all__ = ["DEFAULT_REQUEST_TIMEOUT", "Client"]
