"""The thread service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if TYPE_CHECKING:
    from liminal._async.thread import Threads as ThreadEndpoint
else:
    __getattr__ = moved(__name__)

__all__ = ["ThreadEndpoint"]
