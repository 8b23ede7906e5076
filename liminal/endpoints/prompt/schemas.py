"""The whole answers of the prompt service, with ``data``, under the names of 2025.5.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if TYPE_CHECKING:
    from liminal_api.models import AnalyzeAnswer as AnalyzeResponse
    from liminal_api.models import CleanseAnswer as CleanseResponse
    from liminal_api.models import HydrateAnswer as HydrateResponse
    from liminal_api.models import SubmitAnswer as SubmitResponse
else:
    __getattr__ = moved(__name__)

__all__ = ["AnalyzeResponse", "CleanseResponse", "HydrateResponse", "SubmitResponse"]
