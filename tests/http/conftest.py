"""Fixtures of the connections' tests: drivers of three kinds, servers, and a name's addresses."""

from contextlib import ExitStack

import pytest

from tests.support.addresses import resolving

from .drivers import Dial, Driver, serving


@pytest.fixture
def host(monkeypatch):
    return resolving(monkeypatch)


@pytest.fixture(params=["threads", "asyncio", "trio"])
def driver(request):
    with ExitStack() as stack:
        yield Driver(request.param, stack)


@pytest.fixture
def serve():
    """Start servers that run a function on each connection; return their ports."""
    with ExitStack() as stack:
        yield lambda act: stack.enter_context(serving(act))


@pytest.fixture
def dial(driver, serve):
    with ExitStack() as stack:
        yield Dial(driver, serve, stack)
