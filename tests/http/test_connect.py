"""To connect, on threads, asyncio and trio: the first address that answers, within one bound."""

import errno
import socket
import time
from contextlib import ExitStack

import pytest

from liminal._http.sockets.connect import WaitTimeout
from tests.support.addresses import FIRST, NOBODY, SECOND, deaf, listening

from .drivers import Driver

BOUND = 0.1


def reached(driver: Driver, name: str, port: int, seconds: float | None = 5) -> str:
    """Connect, tell where to, and close."""
    wire = driver.connect(name, port, seconds)
    found = str(wire._sock.getpeername()[0])
    driver.close(wire)
    return found


# What a name stands for, which of it listens, and which says nothing; the first to listen is found.
ADDRESSES: dict[str, tuple[list[str], list[str], list[str]]] = {
    "the first that answers": ([SECOND, FIRST], [SECOND, FIRST], []),
    "the next after a refusal": ([NOBODY, FIRST, SECOND], [SECOND], []),
    "the next after a broadcast address": (["255.255.255.255", FIRST], [FIRST], []),
    "the one that is not silent": ([FIRST, NOBODY, SECOND], [SECOND], [FIRST, NOBODY]),
    "the first of the other family": (["::2", "::3", FIRST], [FIRST], []),
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_a_host_is_reached_by_one_of_its_addresses(host, driver, case):
    addresses, listen, silent = ADDRESSES[case]
    with ExitStack() as stack:
        port = stack.enter_context(listening(listen[0])).getsockname()[1]
        for address in listen[1:]:
            stack.enter_context(listening(address, port))
        for address in silent:
            stack.enter_context(deaf(address, port))
        assert reached(driver, host(*addresses), port, None) == listen[0]


def test_an_ip_address_is_not_looked_up(driver, monkeypatch):
    look_up = socket.getaddrinfo

    def numeric_only(*args, **options):
        assert options["flags"] & socket.AI_NUMERICHOST
        return look_up(*args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", numeric_only)
    with listening(FIRST) as server:
        assert reached(driver, FIRST, server.getsockname()[1]) == FIRST


def test_a_name_is_looked_up(driver):
    with listening(FIRST) as server:
        assert reached(driver, "localhost", server.getsockname()[1]) == FIRST


@pytest.mark.parametrize(
    ("addresses", "reason"),
    [([NOBODY, FIRST], "refused"), (None, "not known"), ([], "no address")],
)
def test_a_host_that_can_not_be_reached_is_an_error(host, driver, addresses, reason):
    with listening(SECOND) as server:
        port = server.getsockname()[1]
    with pytest.raises(OSError, match=reason):
        driver.connect("api.invalid" if addresses is None else host(*addresses), port)


def test_all_addresses_share_one_bound(host, driver):
    with deaf(FIRST) as port, deaf(SECOND, port), deaf(NOBODY, port):
        begun = time.monotonic()
        with pytest.raises(WaitTimeout):
            driver.connect(host(*[FIRST, SECOND, NOBODY] * 10), port, BOUND)
        assert BOUND <= time.monotonic() - begun < 30 * BOUND


def test_a_family_that_this_system_does_not_support_is_passed_over(host, driver, monkeypatch):
    class Sockets(socket.socket):
        def __init__(self, family=-1, *args, **options):
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, *args, **options)

    with listening(FIRST) as server:
        monkeypatch.setattr(socket, "socket", Sockets)
        assert reached(driver, host("::1", FIRST), server.getsockname()[1]) == FIRST
        monkeypatch.undo()
