"""The three variants, and a recording for each test."""

import pytest

from tests.faults.conftest import no_jitter, sdk

from .recording import Recording

__all__ = ["no_jitter", "sdk"]


@pytest.fixture
def recording() -> Recording:
    return Recording()
