"""Fixtures of the connections' tests: drivers of three kinds, servers, and a name's addresses."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.addresses import Host, resolving

from .drivers import Act, Dial, Driver, serving


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return resolving(monkeypatch)


@pytest.fixture(params=["threads", "asyncio", "trio"])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    with ExitStack() as stack:
        yield Driver(request.param, stack)


@pytest.fixture
def serve() -> Iterator[Callable[[Act], int]]:
    """Start servers that run a function on each connection; return their ports."""
    with ExitStack() as stack:
        yield lambda act: stack.enter_context(serving(act))


@pytest.fixture
def dial(driver: Driver, serve: Callable[[Act], int]) -> Iterator[Dial]:
    with ExitStack() as stack:
        yield Dial(driver, serve, stack)
