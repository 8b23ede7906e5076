"""A connection through proxies, on threads, asyncio and trio, and what it did not send."""

import errno
import socket
import ssl
import time
from select import select
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from liminal._http.route import Route
from tests.support.addresses import FIRST, deaf, listening
from tests.support.tls import trusting

from .drivers import (
    SHORT,
    TIMEOUTS,
    Act,
    Progress,
    answering,
    head_of,
    over_tls,
    until_gone,
)

ACCEPTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
# What a SOCKS5 proxy answers: RFC 1928 and, for the password, RFC 1929.
NO_AUTH, USE_PASSWORD, WELCOME = b"\x05\x00", b"\x05\x02", b"\x01\x00"
BOUND = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"


def relay(client: Any, server: socket.socket) -> None:
    """Carry bytes both ways, in one thread, since two must not share a TLS socket."""
    while True:
        is_held = isinstance(client, ssl.SSLSocket) and client.pending()
        for source in [client] if is_held else select([client, server], [], [])[0]:
            if not (data := source.recv(65536)):
                return
            (server if source is client else client).sendall(data)


def connect_request(target: bytes, more: bytes = b"") -> bytes:
    head = b"CONNECT %s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n%s\r\n"
    return head % (target, target, more)


# ---- proxies


@pytest.mark.parametrize("scheme", ["http://", "https://"])
def test_a_tunnel_leads_through_a_proxy(dial, serve, scheme):
    target = serve(over_tls(answering))

    def proxy(sock):
        assert head_of(sock).startswith(b"CONNECT localhost:%d HTTP/1.1\r\n" % target)
        sock.sendall(ACCEPTED)
        with socket.create_connection(("127.0.0.1", target)) as onward:
            relay(sock, onward)

    act = over_tls(proxy) if scheme == "https://" else proxy
    connection = dial(act, port=target, tls=trusting(), proxy=scheme)
    assert dial.answer(connection) == b"ok"
    assert connection.renew()
    assert dial.answer(connection) == b"ok"


def scripted(answers: list[bytes], told: list[bytes], then: Act = socket.socket.close) -> Act:
    """A proxy that records what it receives and sends these answers."""

    def proxy(sock: socket.socket) -> None:
        for answer in answers:
            told.append(sock.recv(65536))
            sock.sendall(answer)
        then(sock)

    return proxy


@pytest.mark.parametrize(
    ("proxy", "host", "answers", "expected"),
    [
        ("socks5://", "a.example", [NO_AUTH, BOUND], [b"\5\1\0", b"\5\1\0\3\x09a.example\1\xbb"]),
        (
            "socks5h://user:pass@",
            "10.0.0.1",
            [USE_PASSWORD, WELCOME, BOUND],
            [b"\5\1\2", b"\1\4user\4pass", b"\5\1\0\1\x0a\0\0\1\1\xbb"],
        ),
        ("http://", "2001:db8::1", [ACCEPTED], [connect_request(b"[2001:db8::1]:443")]),
        (
            "http://user:pass@",
            "a.example",
            [ACCEPTED],
            [connect_request(b"a.example:443", b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n")],
        ),
    ],
)
def test_a_proxy_is_asked_for_the_server_by_its_name_or_address(
    dial, proxy, host, answers, expected
):
    told: list[bytes] = []
    act = scripted(answers, told, answering)
    assert dial.answer(dial(act, host=host, port=443, proxy=proxy)) == b"ok"
    assert told == expected


@pytest.mark.parametrize("bound", [BOUND, b"\5\0\0\3\7a.proxy\1\xbb", b"\5\0\0\4" + bytes(18)])
def test_a_socks_proxy_s_replies_may_come_byte_by_byte(dial, bound):
    def proxy(sock):
        for reply in (USE_PASSWORD, WELCOME, bound):
            sock.recv(65536)
            for byte in reply:
                sock.sendall(bytes([byte]))
                time.sleep(0.002)
        answering(sock)

    connection = dial(proxy, host="a.example", port=443, proxy="socks5://user:pass@")
    assert dial.answer(connection) == b"ok"


def test_a_password_that_socks_can_t_carry_is_an_error_without_it(dial):
    user = f"socks5://user:{'hunter2' * 40}@"
    with pytest.raises(httpx.ProxyError) as caught:
        dial(scripted([USE_PASSWORD], []), host="a.example", port=443, proxy=user)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "answers", "kind"),
    [
        ("http", [b""], httpx.ConnectError),
        ("http", [b"HTTP/1.1 200"], httpx.ConnectError),
        ("http", [b"SSH-2.0\r\n\r\n"], httpx.ConnectError),
        ("http", [b"HTTP/1.1 403 No\r\n\r\n"], httpx.ProxyError),
        ("http", None, httpx.ConnectTimeout),
        ("socks5", [b"\x05\xff"], httpx.ProxyError),
        ("socks5", [USE_PASSWORD, b"\x01\x01"], httpx.ProxyError),
        ("socks5", [USE_PASSWORD, WELCOME, b"\x05\x05" + BOUND[2:]], httpx.ProxyError),
        ("socks5", [b"HTTP/1.1 400 Bad Request\r\n\r\n"], httpx.ProxyError),
        ("socks5", [b""], httpx.ProxyError),
        ("socks5", None, httpx.ConnectTimeout),
    ],
)
def test_a_proxy_that_does_not_lead_to_the_server_is_an_error_without_the_password(
    dial, scheme, answers, kind
):
    act, timeouts = (until_gone, SHORT) if answers is None else (scripted(answers, []), TIMEOUTS)
    with pytest.raises(kind) as caught:
        dial(act, timeouts, host="a.example", port=443, proxy=f"{scheme}://user:hunter2@")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("by_proxy", [False, True])
def test_what_can_not_be_reached_is_the_server_or_its_proxy_or_late(driver, by_proxy):
    def reach(port, timeouts):
        proxy = httpx.Proxy(f"http://{FIRST}:{port}") if by_proxy else None
        driver.open(Route(host=FIRST, port=port, proxy=proxy), timeouts)

    with deaf(FIRST) as port, pytest.raises(httpx.ConnectTimeout):
        reach(port, SHORT)
    with listening(FIRST) as server:
        port = server.getsockname()[1]
    with pytest.raises(httpx.ConnectError) as caught:
        reach(port, TIMEOUTS)
    assert str(caught.value).startswith("proxy: ") is by_proxy


def test_a_proxy_s_port_is_that_of_its_scheme():
    for scheme, port in {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}.items():
        route = Route(host="api.example", port=443, proxy=httpx.Proxy(f"{scheme}://proxy.example"))
        assert route.address == ("proxy.example", port)


# ---- what was sent


def test_what_a_closed_connection_did_not_take_was_not_sent(dial):
    connection, progress = dial(until_gone), Progress()
    dial.driver.close(connection)
    with pytest.raises(httpx.WriteError):
        dial.ask(connection, 0, TIMEOUTS, progress)
    assert not progress.sent


def given_up(*_: object) -> None:
    """ETIMEDOUT is a TimeoutError as well, although no deadline has passed."""
    raise TimeoutError(errno.ETIMEDOUT, "the system gave up")


def test_the_system_s_timeout_is_no_deadline_s(dial, monkeypatch):
    connection = dial(until_gone)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "wire", SimpleNamespace(read=given_up))
        with pytest.raises(httpx.ReadError, match="the system gave up"):
            dial.driver.run(connection.part, 5.0)
    for name in ("reach", "connect"):
        monkeypatch.setattr(f"liminal._http.connection.{name}", given_up)
    with pytest.raises(httpx.ConnectError, match="the system gave up"):
        dial(until_gone)
