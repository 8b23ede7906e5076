"""To connect, on threads, asyncio and trio: the first address that answers, within one bound."""

import errno
import socket
import time
from typing import Any

import pytest

from liminal._http.sockets.connect import WaitTimeout
from tests.support.addresses import FIRST, NOBODY, SECOND, Host, deaf, listening

from .drivers import Driver

SHORT = 0.1


def reached(driver: Driver, name: str, port: int, seconds: float | None = 5) -> str:
    """Connect, tell where to, and close."""
    wire = driver.connect(name, port, seconds)
    found = str(wire._sock.getpeername()[0])
    driver.close(wire)
    return found


def test_the_first_address_that_takes_the_connection_is_taken(host: Host, driver: Driver) -> None:
    with listening(FIRST) as server:
        port = server.getsockname()[1]
        with listening(SECOND, port):
            assert reached(driver, host(SECOND, FIRST), port, None) == SECOND


def test_after_a_refusal_the_next_address_is_tried(host: Host, driver: Driver) -> None:
    with listening(SECOND) as server:
        port = server.getsockname()[1]
        assert reached(driver, host(NOBODY, FIRST, SECOND), port) == SECOND


def test_an_address_that_no_connection_can_lead_to_is_passed_over(
    host: Host, driver: Driver
) -> None:
    everyone = "255.255.255.255"  # TCP has no broadcast
    with listening(FIRST) as server:
        assert reached(driver, host(everyone, FIRST), server.getsockname()[1]) == FIRST


def test_an_address_that_does_not_answer_is_not_waited_for(host: Host, driver: Driver) -> None:
    with listening(SECOND) as server:
        port = server.getsockname()[1]
        with deaf(FIRST, port), deaf(NOBODY, port):
            assert reached(driver, host(FIRST, NOBODY, SECOND), port) == SECOND


def test_the_families_take_turns(host: Host, driver: Driver) -> None:
    with listening(FIRST) as server:
        assert reached(driver, host("::2", "::3", FIRST), server.getsockname()[1]) == FIRST


def test_an_address_needs_no_look_up(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def numeric_only(*args: Any, flags: int = 0, **options: Any) -> Any:
        assert flags & socket.AI_NUMERICHOST
        return look_up(*args, flags=flags, **options)

    monkeypatch.setattr(socket, "getaddrinfo", numeric_only)
    with listening(FIRST) as server:
        assert reached(driver, FIRST, server.getsockname()[1]) == FIRST


def test_a_name_is_looked_up(driver: Driver) -> None:
    with listening(FIRST) as server:
        assert reached(driver, "localhost", server.getsockname()[1]) == FIRST


def test_when_all_refuse_the_first_refusal_is_told(host: Host, driver: Driver) -> None:
    with listening(SECOND) as server:
        port = server.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        driver.connect(host(NOBODY, FIRST), port)


def test_a_name_without_addresses_is_an_error(driver: Driver) -> None:
    with pytest.raises(OSError, match="not known"):
        driver.connect("api.invalid", 443)


def test_a_name_that_leads_nowhere_is_an_error(host: Host, driver: Driver) -> None:
    with pytest.raises(OSError, match="no address"):
        driver.connect(host(), 443)


def test_all_addresses_share_one_bound(host: Host, driver: Driver) -> None:
    with deaf(FIRST) as port, deaf(SECOND, port), deaf(NOBODY, port):
        begun = time.monotonic()
        with pytest.raises(WaitTimeout):
            driver.connect(host(FIRST, SECOND, NOBODY), port, SHORT)
        assert SHORT <= time.monotonic() - begun < 3 * SHORT


def test_a_family_that_this_system_does_not_speak_is_passed_over(
    host: Host, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sockets(socket.socket):
        def __init__(self, family: int = -1, *args: int, **options: Any) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, *args, **options)

    with listening(FIRST) as server:
        monkeypatch.setattr(socket, "socket", Sockets)
        assert reached(driver, host("::1", FIRST), server.getsockname()[1]) == FIRST
        monkeypatch.undo()


def test_those_that_were_slower_are_closed(
    host: Host, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[socket.socket] = []

    class Sockets(socket.socket):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            if args and args[0] == socket.AF_INET and "fileno" not in options and len(args) < 4:
                made.append(self)

    with listening(SECOND) as server:
        port = server.getsockname()[1]
        with deaf(FIRST, port):
            monkeypatch.setattr(socket, "socket", Sockets)
            wire = driver.connect(host(FIRST, SECOND), port)
            monkeypatch.undo()
            assert len(made) == 2
            assert sorted(sock.fileno() >= 0 for sock in made) in ([False, False], [False, True])
            driver.close(wire)
