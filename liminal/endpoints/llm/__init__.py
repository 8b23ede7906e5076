"""The llm service."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from liminal._compat.moved import moved

if TYPE_CHECKING:
    from liminal._async.llm import LLM

    LLMEndpoint: TypeAlias = LLM
else:
    __getattr__ = moved(__name__)

__all__ = ["LLMEndpoint"]
