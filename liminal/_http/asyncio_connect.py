"""Connects to the first address of a host that answers, and leaves no other connection behind.

asyncio can race addresses as well, but when that is cancelled at the wrong moment it loses the
connection that has just been made, and its descriptor with it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from .connect import HEAD_START, in_turn


class SocketProtocol(asyncio.Protocol):
    """Knows its socket, which can be closed when the event loop is no longer there to do it."""

    sock: socket.socket


P = TypeVar("P", bound=SocketProtocol)
Connecting = asyncio.Task[tuple[asyncio.Transport, P]]
Address = tuple[int, str]


async def connect(protocol: Callable[[], P], host: str, port: int) -> P:
    """A protocol that is connected; OSError when no address of the host takes connections."""
    addresses = await _addresses(host, port)
    if len(addresses) == 1:
        return (await _reach(protocol, addresses[0], port))[1]
    tries: list[Connecting[P]] = []
    failures: list[BaseException] = []
    try:
        while addresses or tries:
            if addresses:
                tries.append(asyncio.create_task(_reach(protocol, addresses.pop(0), port)))
            connected = await _first(tries, failures, HEAD_START if addresses else None)
            if connected is not None:
                return connected
        raise failures[0]
    finally:
        for task in tries:
            task.cancel()
            task.add_done_callback(_hang_up)


async def _addresses(host: str, port: int) -> list[Address]:
    """All that the host has, the families in turn (RFC 8305, 4)."""
    with suppress(ValueError):
        version = ipaddress.ip_address(host).version
        return [(socket.AF_INET if version == 4 else socket.AF_INET6, host)]
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, str(address[0])) for family, *_, address in in_turn(found)]


async def _reach(
    protocol: Callable[[], P], address: Address, port: int
) -> tuple[asyncio.Transport, P]:
    loop, (family, host) = asyncio.get_running_loop(), address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        await loop.sock_connect(sock, (host, port))
        transport, made = await loop.create_connection(protocol, sock=sock)
    except BaseException:
        sock.close()
        raise
    made.sock = sock
    return transport, made


async def _first(
    tries: list[Connecting[P]], failures: list[BaseException], seconds: float | None
) -> P | None:
    """Wait until one is connected, has failed, or has had its time; take out what is done."""
    done, _ = await asyncio.wait(tries, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        failure = task.exception()
        tries.remove(task)
        if failure is None:
            return task.result()[1]
        failures.append(failure)
    return None


def _hang_up(task: Connecting[P]) -> None:
    """Another was faster, or nobody waits any more."""
    if not task.cancelled() and task.exception() is None:
        task.result()[0].abort()
