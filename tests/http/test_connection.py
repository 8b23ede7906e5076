"""A connection through TLS and proxies, on threads, asyncio and trio."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import trustme

from liminal._http.route import Route
from liminal._http.sockets.clock import Clock
from tests.support.tasks import PATIENCE

from .drivers import TIMEOUTS, Driver, Peer, reset, until_gone

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ACCEPTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
SHORT = {**TIMEOUTS, "connect": 0.1, "read": 0.1, "write": 0.1}
authority = trustme.CA()


def server_tls(name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


def request(content: Any = b"", headers: Any = None) -> httpx.Request:
    return httpx.Request("POST", "https://localhost/", content=content, headers=headers)


class Telling:
    """A request whose maker is told how far it has come."""

    repeatable = False
    queues = False
    sent = True
    clock = Clock(call_seconds=None, try_seconds=None)


def asked(driver: Driver, connection: Any, timeouts: Any = TIMEOUTS) -> bytes:
    """What is answered to a request."""
    head = driver.run(connection.ask, request(b"prompt"), timeouts, Telling())
    assert head.status == 200
    body = b""
    while part := driver.run(connection.part, timeouts["read"]):
        body += part
    return body


def head_of(sock: Any) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := sock.recv(65536)):
            break
        data += more
    return data


def over_tls(
    act: Callable[[Any], None], name: str = "localhost", context: ssl.SSLContext | None = None
) -> Callable[[socket.socket], None]:
    """The same, within TLS."""

    def peer(sock: socket.socket) -> None:
        with (context or server_tls(name)).wrap_socket(sock, server_side=True) as secure:
            act(secure)

    return peer


def answering(sock: Any) -> None:
    while head_of(sock):
        sock.sendall(ANSWER)


@pytest.fixture
def peers() -> Iterator[Callable[[Callable[[socket.socket], None]], int]]:
    """Starts servers that do as they are told; gives their ports."""
    with suppress(OSError):
        started: list[Peer] = []

        def start(act: Callable[[socket.socket], None]) -> int:
            started.append(Peer(act).__enter__())
            return started[-1].port

        yield start
        for peer in started:
            peer.__exit__()


def relay(one: Any, other: Any) -> None:
    """Carry bytes both ways until either ends."""

    def copy(source: Any, target: Any) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    back = threading.Thread(target=copy, args=[other, one], daemon=True)
    back.start()
    copy(one, other)
    back.join(PATIENCE)


# ---- TLS


def test_tls_names_the_server_and_speaks_http_1(
    driver: Driver, tls: ssl.SSLContext, peers: Any
) -> None:
    seen: list[Any] = []
    context = server_tls()
    context.sni_callback = lambda _sock, name, _context: seen.append(name)

    def peer(sock: ssl.SSLSocket) -> None:
        seen.append(sock.selected_alpn_protocol())
        answering(sock)

    port = peers(over_tls(peer, context=context))
    connection = driver.open(Route(host="localhost", port=port, tls=tls))
    assert [asked(driver, connection), connection.renew(), asked(driver, connection)] == [
        b"ok",
        True,
        b"ok",
    ]
    assert seen == ["localhost", "http/1.1"]
    driver.close(connection)


def test_a_server_that_just_hangs_up_tls_has_ended(
    driver: Driver, tls: ssl.SSLContext, peers: Any
) -> None:
    """Without close_notify, as many do: only what has no other end is believed."""

    def peer(sock: ssl.SSLSocket) -> None:
        head_of(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nup to the end")

    connection = driver.open(Route(host="localhost", port=peers(over_tls(peer)), tls=tls))
    assert asked(driver, connection) == b"up to the end"
    assert not connection.renew()
    driver.close(connection)


def failing(
    driver: Driver, route: Route, kind: type[Exception], timeouts: Any = TIMEOUTS
) -> Exception:
    with pytest.raises(kind) as caught:
        driver.open(route, timeouts)
    return caught.value


def test_a_certificate_that_nobody_vouches_for_is_refused_and_the_server_told(
    driver: Driver, peers: Any
) -> None:
    told: list[ssl.SSLError] = []
    heard = threading.Event()

    def peer(sock: socket.socket) -> None:
        try:
            over_tls(until_gone)(sock)
        except ssl.SSLError as error:
            told.append(error)
        heard.set()

    route = Route(host="localhost", port=peers(peer), tls=ssl.create_default_context())
    error = failing(driver, route, httpx.ConnectError)
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)
    assert heard.wait(PATIENCE)
    assert "ALERT_UNKNOWN_CA" in str(told[0].reason)


def test_a_certificate_for_another_name_is_a_connect_error(
    driver: Driver, tls: ssl.SSLContext, peers: Any
) -> None:
    port = peers(over_tls(until_gone, "elsewhere.example"))
    error = failing(driver, Route(host="localhost", port=port, tls=tls), httpx.ConnectError)
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)


@pytest.mark.parametrize("act", [until_gone, reset, lambda sock: sock.sendall(b"HTTP/1.1 400\r\n")])
def test_a_handshake_that_goes_nowhere_leaves_nothing_open(
    driver: Driver, tls: ssl.SSLContext, peers: Any, act: Any
) -> None:
    closed = threading.Event()

    def peer(sock: socket.socket) -> None:
        with suppress(OSError):
            act(sock)
            until_gone(sock)
        closed.set()

    kind = httpx.ConnectTimeout if act is until_gone else httpx.ConnectError
    failing(driver, Route(host="localhost", port=peers(peer), tls=tls), kind, SHORT)
    assert closed.wait(PATIENCE)


# ---- proxies


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_tunnel_leads_through_a_proxy(
    driver: Driver, tls: ssl.SSLContext, peers: Any, scheme: str, first: bytes
) -> None:
    told: list[bytes] = []

    target = peers(over_tls(answering))

    def proxy(sock: Any) -> None:
        told.append(head_of(sock))
        sock.sendall(first + ACCEPTED)
        if scheme == "http":
            with socket.create_connection(("127.0.0.1", target)) as onward:
                relay(sock, onward)
        else:
            tls_in_tls(sock)

    url = f"{scheme}://user:pass@localhost:{peers(over_tls(proxy) if scheme == 'https' else proxy)}"
    given = httpx.Proxy(url, ssl_context=tls if scheme == "https" else None)
    connection = driver.open(Route(host="localhost", port=target, tls=tls, proxy=given))
    assert asked(driver, connection) == b"ok"
    assert connection.renew()
    assert asked(driver, connection) == b"ok"
    driver.close(connection)
    assert told[0].startswith(f"CONNECT localhost:{target} HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n" in told[0]


def tls_in_tls(outer: ssl.SSLSocket) -> None:
    """The server at the other end of a tunnel, here at once: TLS within TLS, twice answered."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    inner = server_tls().wrap_bio(incoming, outgoing, server_side=True)

    def until_done(step: Callable[[], Any]) -> Any:
        while True:
            try:
                found = step()
            except ssl.SSLWantReadError:
                found = None
            if outgoing.pending:
                outer.sendall(outgoing.read())
            if found is not None:
                return found
            incoming.write(outer.recv(65536))

    until_done(lambda: inner.do_handshake() or True)
    for _ in range(2):
        assert until_done(lambda: inner.read(65536))
        until_done(lambda: inner.write(ANSWER))


def test_an_ipv6_server_is_named_in_brackets(driver: Driver, peers: Any) -> None:
    told: list[bytes] = []

    def proxy(sock: socket.socket) -> None:
        told.append(head_of(sock))
        sock.sendall(b"HTTP/1.1 403 No\r\n\r\n")

    given = httpx.Proxy(f"http://localhost:{peers(proxy)}")
    failing(driver, Route(host="2001:db8::1", port=8443, proxy=given), httpx.ProxyError)
    assert told[0].startswith(b"CONNECT [2001:db8::1]:8443 HTTP/1.1\r\n")
    assert b"Authorization" not in told[0]


def test_the_ports_of_proxies_are_those_of_their_schemes() -> None:
    ports = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
    for scheme, port in ports.items():
        route = Route(host="api.example", port=443, proxy=httpx.Proxy(f"{scheme}://proxy.example"))
        assert route.address == ("proxy.example", port)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200", b"SSH-2.0\r\n\r\n"])
def test_a_proxy_that_does_not_answer_in_http_is_a_connect_error(
    driver: Driver, peers: Any, said: bytes
) -> None:
    def proxy(sock: socket.socket) -> None:
        head_of(sock)
        sock.sendall(said)

    given = httpx.Proxy(f"http://localhost:{peers(proxy)}")
    failing(driver, Route(host="api.example", port=443, proxy=given), httpx.ConnectError)


def test_a_proxy_that_does_not_answer_is_a_connect_timeout(driver: Driver, peers: Any) -> None:
    given = httpx.Proxy(f"http://localhost:{peers(until_gone)}")
    route = Route(host="api.example", port=443, proxy=given)
    failing(driver, route, httpx.ConnectTimeout, SHORT)


def socks(answers: list[bytes], told: list[bytes]) -> Callable[[socket.socket], None]:
    def proxy(sock: socket.socket) -> None:
        for answer in answers:
            told.append(sock.recv(65536))
            sock.sendall(answer)
        answering(sock)

    return proxy


BOUND = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"


def test_a_socks_proxy_is_asked_by_the_server_s_name(driver: Driver, peers: Any) -> None:
    told: list[bytes] = []
    port = peers(socks([b"\x05\x00", BOUND], told))
    route = Route(host="api.example", port=443, proxy=httpx.Proxy(f"socks5://localhost:{port}"))
    connection = driver.open(route)
    assert told == [b"\x05\x01\x00", b"\x05\x01\x00\x03\x0bapi.example\x01\xbb"]
    assert asked(driver, connection) == b"ok"
    driver.close(connection)


def test_a_socks_proxy_is_shown_the_password(driver: Driver, peers: Any) -> None:
    told: list[bytes] = []
    port = peers(socks([b"\x05\x02", b"\x01\x00", BOUND], told))
    given = httpx.Proxy(f"socks5h://user:pass@localhost:{port}")
    driver.close(driver.open(Route(host="10.0.0.1", port=80, proxy=given)))
    assert told == [
        b"\x05\x01\x02",
        b"\x01\x04user\x04pass",
        b"\x05\x01\x00\x01\x0a\x00\x00\x01\x00\x50",
    ]


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([b"\x05\xff"], httpx.ProxyError),
        ([b"\x05\x02", b"\x01\x01"], httpx.ProxyError),
        ([b"\x05\x02", b"\x01\x00", b"\x05\x05" + BOUND[2:]], httpx.ProxyError),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], httpx.ProxyError),
        ([b""], httpx.ProxyError),
    ],
)
def test_a_socks_proxy_that_refuses_is_a_proxy_error(
    driver: Driver, peers: Any, answers: list[bytes], kind: type[Exception]
) -> None:
    def proxy(sock: socket.socket) -> None:
        for answer in answers:
            sock.recv(65536)
            sock.sendall(answer)

    given = httpx.Proxy(f"socks5://user:hunter2@localhost:{peers(proxy)}")
    error = failing(driver, Route(host="api.example", port=443, proxy=given), kind)
    assert "hunter2" not in str(error)


# ---- what was sent


def test_an_answer_before_the_request_is_out_is_the_answer(driver: Driver, peers: Any) -> None:
    def peer(sock: socket.socket) -> None:
        head_of(sock)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        sock.recv(1)

    connection = driver.open(Route(host="localhost", port=peers(peer)))
    telling = Telling()
    large = request(b"x" * 64 * 1024 * 1024)
    head = driver.run(connection.ask, large, TIMEOUTS, telling)
    assert head.status == 413
    assert driver.run(connection.part, 5.0) == b""
    assert telling.sent
    driver.close(connection)


def test_what_the_system_did_not_take_was_not_sent(driver: Driver, peers: Any) -> None:
    connection = driver.open(Route(host="localhost", port=peers(until_gone)))
    driver.close(connection)
    telling = Telling()
    with pytest.raises(httpx.WriteError):
        driver.run(connection.ask, request(), TIMEOUTS, telling)
    assert not telling.sent


def test_a_request_that_is_not_taken_in_time_is_a_write_timeout(driver: Driver, peers: Any) -> None:
    stop = threading.Event()
    connection = driver.open(Route(host="localhost", port=peers(lambda _: stop.wait(PATIENCE))))
    large, telling = request(b"x" * 64 * 1024 * 1024), Telling()
    with pytest.raises(httpx.WriteTimeout):
        driver.run(connection.ask, large, SHORT, telling)
    assert telling.sent
    driver.close(connection)
    stop.set()


def test_an_answer_that_does_not_come_in_time_is_a_read_timeout(driver: Driver, peers: Any) -> None:
    connection = driver.open(Route(host="localhost", port=peers(until_gone)))
    with pytest.raises(httpx.ReadTimeout):
        asked(driver, connection, SHORT)
    driver.close(connection)


def test_a_reset_instead_of_an_answer_is_a_read_error(driver: Driver, peers: Any) -> None:
    def peer(sock: socket.socket) -> None:
        head_of(sock)
        reset(sock)

    connection = driver.open(Route(host="localhost", port=peers(peer)))
    with pytest.raises(httpx.ReadError):
        asked(driver, connection)
    driver.close(connection)


def test_what_comes_while_a_connection_waits_makes_it_unfit(driver: Driver, peers: Any) -> None:
    more = threading.Event()

    def peer(sock: socket.socket) -> None:
        head_of(sock)
        sock.sendall(ANSWER)
        more.wait(PATIENCE)
        sock.sendall(ANSWER)
        until_gone(sock)

    connection = driver.open(Route(host="localhost", port=peers(peer)))
    assert asked(driver, connection) == b"ok"
    assert connection.renew()
    assert not connection.wire.has_news
    more.set()
    ends = threading.Event()
    while not connection.wire.has_news:
        ends.wait(0.001)
    driver.close(connection)
