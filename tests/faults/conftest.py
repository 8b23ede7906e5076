"""Fixtures of the fault suite: the three variants, and retries without jitter."""

import pytest

from .trial import shortest_waits
from .variants import NAMES, variant


@pytest.fixture(params=NAMES)
def sdk(request):
    """Run the test on each variant."""
    with variant(request.param) as found:
        yield found


@pytest.fixture(autouse=True)
def no_jitter():
    with shortest_waits():
        yield
