"""The models of the prompt service, under stable names."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from liminal._compat.moved import moved
from liminal_api.models import (
    AnalysisFinding,
    AnalyzeResponse,
    CleansedToken,
    CleanseResponse,
    FindingType,
    HydratedToken,
    HydrateResponse,
    PolicyAction,
    ReidentifiedToken,
    ScoreCategory,
    StreamResponseChunk,
    SubmitResponse,
)

__all__ = [
    "AnalysisFinding",
    "AnalyzeResponse",
    "CleanseResponse",
    "CleansedToken",
    "FindingType",
    "HydrateResponse",
    "HydratedToken",
    "PolicyAction",
    "ReidentifiedToken",
    "ScoreCategory",
    "StreamResponseChunk",
    "SubmitResponse",
]

if TYPE_CHECKING:
    # The names that 2025.5.0 had for them.
    AnalysisFindings: TypeAlias = AnalyzeResponse
    CleanseData: TypeAlias = CleanseResponse
    HydrateData: TypeAlias = HydrateResponse
    SubmitData: TypeAlias = SubmitResponse
else:
    __getattr__ = moved(__name__)
