"""Fixtures of the connections' tests: drivers of three kinds, servers, and a name's addresses."""

import socket
from contextlib import ExitStack

import pytest

from .drivers import Dial, Driver, serving


@pytest.fixture
def host(monkeypatch):
    """Make a name that has these addresses, in this order."""

    def resolves_to(*addresses):
        def getaddrinfo(_name, port, *_, **__):
            kinds = [(socket.AF_INET6 if ":" in at else socket.AF_INET, at) for at in addresses]
            return [(family, socket.SOCK_STREAM, 6, "", (at, port)) for family, at in kinds]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return "api.example"

    return resolves_to


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
