"""Fixtures of the fault suite: the three variants, and dice that always throw the shortest wait."""

from collections.abc import Iterator

import pytest

from liminal._retry import delay_before_retry

from .variants import NAMES, Variant, variant


@pytest.fixture(params=NAMES)
def sdk(request: pytest.FixtureRequest) -> Iterator[Variant]:
    """The test runs on each variant."""
    with variant(request.param) as found:
        yield found


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait between 0 and 0.5 s is 0; ``Retry-After`` is obeyed as ever."""
    monkeypatch.setitem(delay_before_retry.__kwdefaults__, "uniform", lambda low, _high: low)
