"""Fixtures of the fault suite: the three variants, and retries without jitter."""

from collections.abc import Iterator

import pytest

from .trial import shortest_waits
from .variants import NAMES, Variant, variant


@pytest.fixture(params=NAMES)
def sdk(request: pytest.FixtureRequest) -> Iterator[Variant]:
    """Run the test on each variant."""
    with variant(request.param) as found:
        yield found


@pytest.fixture(autouse=True)
def no_jitter() -> Iterator[None]:
    with shortest_waits():
        yield
