"""Hosts with several addresses on this machine: some listen, some refuse, some say nothing."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

# All of 127/8 is this machine, so that one host can have several addresses.
FIRST, SECOND, NOBODY = "127.0.0.1", "127.0.0.2", "127.0.0.3"

Host = Callable[..., str]


@contextlib.contextmanager
def listening(address: str, port: int = 0) -> Iterator[socket.socket]:
    """An address that takes connections."""
    with socket.create_server((address, port)) as listener:
        listener.settimeout(5)
        yield listener


@contextlib.contextmanager
def deaf(address: str, port: int = 0) -> Iterator[int]:
    """An address that neither takes connections nor refuses them, and its port: a full queue."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((address, port), backlog=0))
        port = listener.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield port


def resolving(monkeypatch: pytest.MonkeyPatch) -> Host:
    """Makes a name that has these addresses, in this order."""

    def resolves_to(*addresses: str) -> str:
        def getaddrinfo(_name: str, port: int, *_: object, **__: object) -> list[Any]:
            kinds = [(socket.AF_INET6 if ":" in at else socket.AF_INET, at) for at in addresses]
            return [(family, socket.SOCK_STREAM, 6, "", (at, port)) for family, at in kinds]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return "api.example"

    return resolves_to
