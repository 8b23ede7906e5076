"""The prompt service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if TYPE_CHECKING:
    from liminal._async.prompt import Prompts as PromptEndpoint
else:
    __getattr__ = moved(__name__)

__all__ = ["PromptEndpoint"]
