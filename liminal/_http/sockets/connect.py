"""Connects to the first address of a host that answers (RFC 8305); the caller does the waiting.

The standard library tries one address after the other, each for the whole timeout, and asyncio's
own race loses a connection, and its descriptor, when it is cancelled at the wrong moment.
"""

from __future__ import annotations

import errno
import math
import os
import select
import socket
from collections.abc import Generator
from contextlib import suppress
from itertools import zip_longest
from typing import Any, Final, TypeVar

import anyio

from .monotonic import monotonic

A = TypeVar("A", bound=tuple[Any, ...])
# Yields the sockets to wait for, and for how many seconds at most (None: forever); is sent those
# that are writable, which means that they are connected or have failed.
Race = Generator[tuple[list[socket.socket], float | None], list[socket.socket], socket.socket]

# RFC 8305, 5: how long one address is tried alone.
HEAD_START: Final = 0.25
# The last is Windows's.
_UNDER_WAY: Final = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, 10035})


class WaitTimeout(Exception):  # noqa: N818 - named as httpx names its own
    """A wait has taken as long as it may. Not TimeoutError: that says a deadline passed."""


def literal(host: str, port: int) -> list[tuple[Any, ...]]:
    """The address that ``host`` itself is, as ``getaddrinfo`` has it; empty for a name."""
    with suppress(socket.gaierror):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return []


def race(addresses: list[tuple[Any, ...]], seconds: float | None) -> Race:
    """Connect to the first of ``getaddrinfo``'s addresses that answers; close all others.

    Each has a head start before the next is tried as well. OSError, the first, when all fail;
    WaitTimeout after ``seconds`` in all.
    """
    ends = monotonic() + (math.inf if seconds is None else seconds)
    waiting, failures = interleave_families(addresses), list[OSError]()
    tries: list[socket.socket] = []
    next_at = 0.0
    try:
        while waiting or tries:
            now = monotonic()
            if now >= ends:
                raise WaitTimeout
            if waiting and (now >= next_at or not tries):
                next_at = now + HEAD_START
                _begin(waiting.pop(0), tries, failures)
                continue
            until = min(ends, next_at) if waiting else ends
            for sock in (yield tries, None if until == math.inf else until - now):
                tries.remove(sock)
                if (code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) == 0:
                    return sock
                _fail(sock, code, failures)
                next_at = 0.0
        raise failures[0]
    finally:
        for sock in tries:
            sock.close()


async def reach(host: str, port: int, seconds: float | None) -> socket.socket:
    """Connect on asyncio or trio, within ``seconds``; OSError or WaitTimeout."""
    with anyio.move_on_after(seconds):
        found = literal(host, port)
        steps = race(found or await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM), None)
        try:
            tries, patience = next(steps)
            while True:
                tries, patience = steps.send(await _first(tries, patience))
        except StopIteration as done:
            connected: socket.socket = done.value
            return connected
        finally:
            steps.close()
    raise WaitTimeout


async def _first(tries: list[socket.socket], seconds: float | None) -> list[socket.socket]:
    """The sockets that are connected or have failed; empty when it takes too long."""
    found: list[socket.socket] = []

    async def wait(sock: socket.socket) -> None:
        await anyio.wait_writable(sock)
        found.append(sock)
        scope.cancel()

    with anyio.move_on_after(seconds) as scope:
        if len(tries) == 1:
            await wait(tries[0])
        else:
            async with anyio.create_task_group() as tasks:
                for sock in tries:
                    tasks.start_soon(wait, sock)
    return found


def interleave_families(addresses: list[A]) -> list[A]:
    """What ``getaddrinfo`` found, the families in turn (RFC 8305, 4); OSError for nothing."""
    if not addresses:
        raise OSError("the host's name has no address")
    families: dict[int, list[A]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    turns = zip_longest(*families.values())
    return [address for turn in turns for address in turn if address is not None]


def _begin(address: tuple[Any, ...], tries: list[socket.socket], failures: list[OSError]) -> None:
    family, kind, protocol, _, where = address
    try:
        sock = socket.socket(family, kind, protocol)
    except OSError as error:  # the system lacks this family, or has no descriptor left
        failures.append(error)
        return
    tries.append(sock)
    sock.settimeout(0)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    code = sock.connect_ex(where)
    if code and code not in _UNDER_WAY:
        tries.remove(sock)
        _fail(sock, code, failures)


def _fail(sock: socket.socket, code: int, failures: list[OSError]) -> None:
    sock.close()
    failures.append(OSError(code, os.strerror(code)))


def is_readable(sock: Any) -> bool:
    """Whether there are bytes, or their end. An idle connection with either can't be reused.

    Also True for a closed socket.
    """
    fileno = sock.fileno()
    if fileno < 0:
        return True
    if not hasattr(select, "poll"):  # pragma: no cover - Windows, eventlet
        return bool(select.select([fileno], [], [], 0)[0])
    poll = select.poll()
    poll.register(fileno, select.POLLIN)
    return bool(poll.poll(0))
