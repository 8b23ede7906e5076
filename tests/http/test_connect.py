"""A blocking connection: the first address that answers, within one bound for all of them."""

import errno
import socket
import time

import httpcore
import pytest

from liminal._http.connect import connect
from tests.support.addresses import FIRST, NOBODY, SECOND, Host, deaf, listening

SHORT = 0.1


def never() -> None:
    """Nobody ends the wait."""


def reach(name: str, port: int, seconds: float | None = 5) -> str:
    """Connect, tell where to, and close."""
    with connect(name, port, seconds, never) as connected:
        return str(connected.getpeername()[0])


def test_the_first_address_that_takes_the_connection_is_taken(host: Host) -> None:
    with listening(FIRST) as server:
        port = server.getsockname()[1]
        with listening(SECOND, port):
            assert reach(host(SECOND, FIRST), port, None) == SECOND


def test_after_a_refusal_the_next_address_is_tried(host: Host) -> None:
    with listening(SECOND) as server:
        assert reach(host(NOBODY, FIRST, SECOND), server.getsockname()[1]) == SECOND


def test_an_address_that_no_connection_can_lead_to_is_passed_over(host: Host) -> None:
    everyone = "255.255.255.255"  # TCP has no broadcast
    with listening(FIRST) as server:
        assert reach(host(everyone, FIRST), server.getsockname()[1]) == FIRST


def test_an_address_that_does_not_answer_is_not_waited_for(host: Host) -> None:
    with listening(SECOND) as server:
        port = server.getsockname()[1]
        with deaf(FIRST, port):
            assert reach(host(FIRST, SECOND), port) == SECOND


def test_the_families_take_turns(host: Host) -> None:
    with listening(FIRST) as server:
        assert reach(host("::2", "::3", FIRST), server.getsockname()[1]) == FIRST


def test_when_all_refuse_the_first_refusal_is_told(host: Host) -> None:
    with listening(SECOND) as server:
        port = server.getsockname()[1]
    with pytest.raises(httpcore.ConnectError, match="refused"):
        connect(host(NOBODY, FIRST), port, 5, never)


def test_a_name_without_addresses_is_an_error() -> None:
    with pytest.raises(httpcore.ConnectError):
        connect("api.invalid", 443, 5, never)


def test_a_name_that_leads_nowhere_is_an_error(host: Host) -> None:
    with pytest.raises(httpcore.ConnectError, match="no address"):
        connect(host(), 443, 5, never)


def test_all_addresses_share_one_bound(host: Host) -> None:
    with deaf(FIRST) as port, deaf(SECOND, port), deaf(NOBODY, port):
        begun = time.monotonic()
        with pytest.raises(httpcore.ConnectTimeout):
            connect(host(FIRST, SECOND, NOBODY), port, SHORT, never)
        assert SHORT <= time.monotonic() - begun < 2 * SHORT


def test_who_waits_is_asked_whether_to_go_on(host: Host) -> None:
    asked: list[None] = []

    def check() -> None:
        asked.append(None)
        if len(asked) == 3:
            raise TimeoutError

    with deaf(FIRST) as port, pytest.raises(TimeoutError):
        connect(host(FIRST), port, None, check)


def test_a_family_that_this_system_does_not_speak_is_passed_over(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sockets(socket.socket):
        def __init__(self, family: int = -1, *args: int, **options: int) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, *args, **options)

    monkeypatch.setattr(socket, "socket", Sockets)
    with listening(FIRST) as server:
        assert reach(host("::1", FIRST), server.getsockname()[1]) == FIRST
