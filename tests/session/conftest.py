"""Fixtures of the session's tests: a variant, a service in memory, and a caller signed in there."""

import pytest

from tests.faults.conftest import sdk
from tests.faults.variants import Variant
from tests.support.service import Service

from .caller import Caller

__all__ = ["sdk"]


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def caller(sdk: Variant, service: Service) -> Caller:
    """Return a signed-in caller without retries."""
    caller = Caller(sdk, service, max_retries=0)
    caller.call()
    return caller
