"""The whole answers of the llm service, with ``data``, under the names of 2025.5.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if TYPE_CHECKING:
    from liminal_api.models import ModelInstanceListAnswer as GetAvailableModelInstancesResponse
else:
    __getattr__ = moved(__name__)

__all__ = ["GetAvailableModelInstancesResponse"]
