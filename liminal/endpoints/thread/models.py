"""What the thread service answers with, by stable names."""

from __future__ import annotations

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
