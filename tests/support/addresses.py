"""Hosts with several addresses on this machine: some listen, some refuse, some say nothing."""

import contextlib
import socket
from collections.abc import Iterator

# All of 127/8 is this machine, so that one host can have several addresses.
FIRST, SECOND, NOBODY = "127.0.0.1", "127.0.0.2", "127.0.0.3"


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
