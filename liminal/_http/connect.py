"""Connects a blocking socket to the first address of a host that answers.

The standard library tries one address after the other, each for the whole timeout, and nothing can
end that before its time.
"""

from __future__ import annotations

import errno
import math
import os
import selectors
import socket
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import httpcore

from liminal._calls.monotonic import monotonic

A = TypeVar("A", bound=tuple[Any, ...])

# RFC 8305, 5: for how long one address is tried alone.
HEAD_START: Final = 0.25
# How long it may take to notice that nobody waits any more.
_LOOK: Final = 0.1
# The last is what Windows says.
_UNDER_WAY: Final = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, 10035})


def in_turn(addresses: list[A]) -> list[A]:
    """What ``getaddrinfo`` found, the families in turn (RFC 8305, 4); OSError for nothing."""
    if not addresses:
        raise OSError("the host's name leads to no address")
    turns: Counter[int] = Counter()
    found: list[tuple[int, A]] = []
    for address in addresses:
        found.append((turns[address[0]], address))
        turns[address[0]] += 1
    return [address for _, address in sorted(found, key=lambda pair: pair[0])]


@contextmanager
def connect_errors() -> Generator[None, None, None]:
    """What the system refuses (a look-up, one more descriptor) is httpcore.ConnectError.

    TimeoutError passes: so a limit ends what it limits.
    """
    try:
        yield
    except TimeoutError:
        raise
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error


@connect_errors()
def connect(
    host: str, port: int, seconds: float | None, check: Callable[[], None]
) -> socket.socket:
    """A connected socket; ``check`` is called ten times a second, and may raise to end the wait.

    httpcore.ConnectError when no address takes connections, ConnectTimeout after ``seconds``. To
    look up the host's addresses takes what the system takes: no thread can end that.
    """
    ends = monotonic() + (math.inf if seconds is None else seconds)
    addresses = in_turn([*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
    failures: list[OSError] = []
    with selectors.DefaultSelector() as tries:
        try:
            while addresses or tries.get_map():
                if addresses:
                    _begin(addresses.pop(0), tries, failures)
                until = min(ends, monotonic() + HEAD_START) if addresses else ends
                connected = _first(tries, failures, until, check)
                if connected is not None:
                    return connected
                if monotonic() >= ends:
                    raise httpcore.ConnectTimeout
        finally:
            for key in tuple(tries.get_map().values()):
                key.data.close()
    raise httpcore.ConnectError(str(failures[0])) from failures[0]


def _begin(
    address: tuple[Any, ...], tries: selectors.BaseSelector, failures: list[OSError]
) -> None:
    family, kind, protocol, _, where = address
    try:
        sock = socket.socket(family, kind, protocol)
    except OSError as error:  # this system does not speak it
        failures.append(error)
        return
    sock.settimeout(0)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    code = sock.connect_ex(where)
    if code and code not in _UNDER_WAY:
        _fail(sock, code, failures)
    else:
        tries.register(sock, selectors.EVENT_WRITE, data=sock)


def _first(
    tries: selectors.BaseSelector,
    failures: list[OSError],
    until: float,
    check: Callable[[], None],
) -> socket.socket | None:
    """The one that is connected, None when that takes too long, or when one has failed."""
    while tries.get_map():
        check()
        left = until - monotonic()
        if left <= 0:
            return None
        for key, _ in tries.select(min(left, _LOOK)):
            sock: socket.socket = key.data
            tries.unregister(sock)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not code:
                return sock
            _fail(sock, code, failures)
            return None
    return None


def _fail(sock: socket.socket, code: int, failures: list[OSError]) -> None:
    sock.close()
    failures.append(OSError(code, os.strerror(code)))
