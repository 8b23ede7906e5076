"""What the prompt service takes and answers with, by stable names."""

from __future__ import annotations

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
