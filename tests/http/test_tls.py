"""TLS: the default context, handshakes, and what is read before a broken record."""

import queue
import ssl
import threading
from contextlib import suppress
from typing import Any

import httpx
import pytest
import trustme

from liminal import SyncClient
from liminal._http import route
from liminal._http.settings.network_options import NetworkOptions
from liminal._http.settings.server_url import parse_server_url
from liminal._http.tls import current, default_context
from liminal.auth import Token
from liminal.errors import LiminalError
from tests.support.tasks import PATIENCE
from tests.support.tls import trusting

from .drivers import (
    SHORT,
    TIMEOUTS,
    Progress,
    answering,
    head_of,
    over_tls,
    reset,
    server_tls,
    until_gone,
)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("SSL_CERT_FILE", "nowhere/ca.pem"),
        ("SSL_CERT_FILE", "no-pem"),
        ("SSL_CERT_FILE", "."),
        ("SSLKEYLOGFILE", "nowhere/keys"),
    ],
)
def test_certificates_that_can_not_be_loaded_are_an_error_that_names_the_variables(
    name, file, tmp_path, monkeypatch
):
    (tmp_path / "no-pem").write_text("hello")
    monkeypatch.setenv(name, str(tmp_path / file))
    with (
        SyncClient("https://api.tenant.example", auth=Token("t")) as client,
        pytest.raises(LiminalError, match=f"certificates.* check .*{name}") as caught,
    ):
        client.thread.get_available()
    assert caught.value.__context__ is None


def test_the_default_is_kept_until_its_certificate_file_is_replaced(tmp_path, monkeypatch):
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    before = default_context()
    assert current(before) is default_context() is before

    trustme.CA().cert_pem.write_to_path(str(file), append=True)
    assert current(before) is default_context() is not before
    assert len(before.get_ca_certs()) == 1
    assert len(default_context().get_ca_certs()) == 2


def test_a_server_s_certificate_is_checked_by_the_given_context_or_the_default(monkeypatch):
    server, given = parse_server_url("https://api.tenant.example"), ssl.create_default_context()
    assert route.route_to(server, NetworkOptions(ssl_context=given)).tls is given
    assert route.route_to(server, NetworkOptions()).tls is default_context()
    monkeypatch.setattr(route, "default_context", lambda: pytest.fail("certificates were read"))
    assert route.route_to(parse_server_url("http://127.0.0.1"), NetworkOptions()).tls is None


# ---- a connection on threads, asyncio and trio


def test_tls_names_the_server_and_speaks_http_1(dial):
    seen: list[Any] = []
    context = server_tls()
    context.sni_callback = lambda _sock, name, _context: seen.append(name)

    def answer(sock):
        seen.append(sock.selected_alpn_protocol())
        answering(sock)

    connection = dial(over_tls(answer, context), tls=trusting())
    assert dial.answer(connection) == b"ok"
    assert connection.renew()
    assert dial.answer(connection) == b"ok"
    assert seen == ["localhost", "http/1.1"]


def test_a_server_that_hangs_up_without_close_notify_has_ended_the_body(dial):
    def answer(sock):
        head_of(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nup to the end")

    connection = dial(over_tls(answer), tls=trusting())
    assert dial.answer(connection) == b"up to the end"
    assert not connection.renew()


@pytest.mark.parametrize("length", [13, 14])
def test_what_came_before_a_broken_record_of_tls_is_read_first(dial, length):
    """Such as an alert, or bytes of a gateway, that came along with the end of an answer."""

    def answer(sock):
        come, go = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = server_tls().wrap_bio(come, go, server_side=True)
        data = b""
        while b"\r\n\r\n" not in data:
            with suppress(ssl.SSLWantReadError):
                if not data:
                    server.do_handshake()
                data += server.read()
            sock.sendall(go.read())
            if b"\r\n\r\n" not in data:
                come.write(sock.recv(65536))
        server.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nup to the end" % length)
        sock.sendall(go.read() + b"\x17\x03\x03\x00\x20" + bytes(32))
        until_gone(sock)

    connection = dial(answer, tls=trusting())
    assert dial.ask(connection, 6, TIMEOUTS, Progress()).status == 200
    assert dial.driver.run(connection.part, 5.0) == b"up to the end"
    assert connection.is_over is (length == 13)
    assert not connection.renew()
    if not connection.is_over:
        with pytest.raises(httpx.ReadError):
            dial.driver.run(connection.part, 5.0)


def test_a_server_is_told_why_its_certificate_is_refused(dial):
    told: queue.Queue[str] = queue.Queue()

    def listen(sock):
        try:
            over_tls(until_gone)(sock)
        except ssl.SSLError as error:
            told.put(error.reason)

    with pytest.raises(httpx.ConnectError) as caught:
        dial(listen, tls=ssl.create_default_context())
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    assert "ALERT_UNKNOWN_CA" in told.get(timeout=PATIENCE)


@pytest.mark.parametrize("act", [until_gone, reset, lambda sock: sock.sendall(b"HTTP/1.1 400\r\n")])
def test_a_handshake_that_goes_nowhere_leaves_nothing_open(dial, act):
    closed = threading.Event()

    def listen(sock):
        with suppress(OSError):
            act(sock)
            until_gone(sock)
        closed.set()

    silent = (SHORT, httpx.ConnectTimeout)
    timeouts, kind = silent if act is until_gone else (TIMEOUTS, httpx.ConnectError)
    with pytest.raises(kind):
        dial(listen, timeouts, tls=trusting())
    assert closed.wait(PATIENCE)
