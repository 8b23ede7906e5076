"""The fault suite's variants and dice, for its faults."""

from tests.faults.conftest import no_jitter, sdk

__all__ = ["no_jitter", "sdk"]
