"""The models of the thread service, under stable names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved
from liminal_api.models import (
    Chat,
    ChatStatus,
    DeidentifiedToken,
    Thread,
    ThreadType,
)

__all__ = [
    "Chat",
    "ChatStatus",
    "DeidentifiedToken",
    "Thread",
    "ThreadType",
]

if not TYPE_CHECKING:
    __getattr__ = moved(__name__)
