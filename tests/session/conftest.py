"""Fixtures of the session's tests: a variant, a service in memory, and a caller signed in there."""

from collections.abc import Iterator

import pytest

from tests.faults.variants import NAMES, Variant, variant
from tests.support.service import Service

from .caller import Caller


@pytest.fixture(params=NAMES)
def sdk(request: pytest.FixtureRequest) -> Iterator[Variant]:
    """The test runs on each variant: in tasks of asyncio and trio, and in threads."""
    with variant(request.param) as found:
        yield found


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def caller(sdk: Variant, service: Service) -> Caller:
    """Give a caller that has signed in, and tries each call once."""
    caller = Caller(sdk, service, max_retries=0)
    caller.call()
    return caller
