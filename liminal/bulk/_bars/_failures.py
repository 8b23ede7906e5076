"""Formats the number of failures for a bar."""

from __future__ import annotations

from collections.abc import Mapping


def failures_text(failures: Mapping[str, int]) -> str:
    """Return how many items failed: ``3 failed (RateLimitError 2, APITimeoutError 1)``."""
    if not failures:
        return ""
    kinds = sorted(failures.items(), key=lambda one: (-one[1], one[0]))
    listed = ", ".join(f"{name} {count:,}" for name, count in kinds)
    return f"{sum(failures.values()):,} failed ({listed})"
