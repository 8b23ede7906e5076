"""What the llm service answers with, by stable names."""

from __future__ import annotations

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
