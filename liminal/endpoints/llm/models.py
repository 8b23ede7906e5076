"""The models of the llm service, under stable names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved
from liminal_api.models import (
    ModelConnection,
    ModelInstance,
    ProviderKey,
)

__all__ = [
    "ModelConnection",
    "ModelInstance",
    "ProviderKey",
]

if not TYPE_CHECKING:
    __getattr__ = moved(__name__)
