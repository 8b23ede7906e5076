"""A transport of our own: proxies from the environment, one TLS context, what it leaves closed."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import httpx
import pytest
import trustme
import truststore

from liminal import Client, SyncClient
from liminal._http import route
from liminal._http.settings.network_options import NetworkOptions
from liminal._http.settings.proxy import proxy_for
from liminal._http.settings.server_url import ServerUrl, parse_server_url
from liminal._http.tls import Tls, current, default_context
from liminal.auth import Token
from liminal.errors import LiminalError
from tests.faults.server import FaultServer

SERVER = parse_server_url("https://api.tenant.example")
DEFAULTS = NetworkOptions()


def _proxy(server: ServerUrl) -> httpx.Proxy | None:
    return proxy_for(server, None, None)


class Proxy:
    """Answers CONNECT by a tunnel to one server, and notes which one was asked for."""

    def __init__(self, target: int) -> None:
        self.asked: list[str] = []
        self._target = target

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.asked.append(client.recv(65536).decode().split("\r\n")[0])
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                server = socket.create_connection(("127.0.0.1", self._target))
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=_copy, args=ends, daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError), source, target:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """A server with a certificate for api.tenant.example, which no name service knows."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(SERVER.host).configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr(route, "default_context", lambda: trusting)
    with FaultServer(tls=context) as found:
        yield found


@pytest.fixture
def proxy(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    with Proxy(server.port) as found:
        monkeypatch.setenv("HTTPS_PROXY", found.url)
        yield found


@pytest.mark.anyio
async def test_calls_go_through_the_proxy_of_the_environment(proxy: Proxy) -> None:
    async with Client(SERVER.text, auth=Token("t")) as client:
        assert await client.thread.get_available()
    assert proxy.asked == ["CONNECT api.tenant.example:443 HTTP/1.1"]


def test_in_threads_calls_go_through_the_proxy_of_the_environment(proxy: Proxy) -> None:
    with SyncClient(SERVER.text, auth=Token("t")) as client:
        assert client.thread.get_available()
    assert proxy.asked == ["CONNECT api.tenant.example:443 HTTP/1.1"]


def test_without_one_there_is_no_proxy() -> None:
    assert _proxy(SERVER) is None


NAME, IPV4, IPV6 = "api.tenant.example", "10.1.2.3:8443", "[2001:db8::1]:8443"


@pytest.mark.parametrize(
    ("names", "host"),
    [
        *((names, NAME) for names in ("*", "API.Tenant.example", ".example", "*.tenant.example")),
        *((names, NAME) for names in ("api.tenant.example:443", "a.example, tenant.example")),
        *((names, NAME) for names in ("a.example api.tenant.example.", "*:443")),
        *(
            (names, IPV4)
            for names in ("10.1.2.3", "10.1.2.3:8443", "10.0.0.0/8", "10.1.2.0/255.255.255.0")
        ),
        *((names, IPV6) for names in ("2001:db8::1", "[2001:DB8:0::1]", "[2001:db8::1]:8443")),
        *((names, IPV6) for names in ("2001:db8::/32", "[2001:db8::/32]", "[2001:db8::]/32")),
    ],
)
def test_no_proxy_names_servers_to_be_asked_directly(
    names: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", names)
    assert _proxy(parse_server_url(f"https://{host}")) is None


@pytest.mark.parametrize(
    ("names", "host"),
    [
        *((names, NAME) for names in ("", " , ", ".", "enant.example", "api.tenant.example:8443")),
        *((names, NAME) for names in ("api", "10.0.0.0/8", "[", "x.api.tenant.example", ":443")),
        *((names, host) for names in ("https://", "[]") for host in (NAME, IPV4, IPV6)),
        *((names, NAME) for names in ("http://api.tenant.example", "a:999999", "ü..", "\u2488")),
        *((names, IPV4) for names in ("10.1.2.3:443", "11.0.0.0/8", "10.1.2.3/99", "::/0")),
        *((names, IPV6) for names in ("[2001:db8::1]:443", "2001:db9::/32", "0.0.0.0/0")),
    ],
)
def test_a_server_that_no_proxy_does_not_name_goes_through_it(
    names: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", names)
    assert _proxy(parse_server_url(f"https://{host}")) is not None


def test_this_machine_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert _proxy(parse_server_url("https://127.0.0.1:8443")) is None


def test_a_proxy_for_all_schemes_is_one_for_ours_and_may_lack_its_scheme(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy.example:3128")
    found = _proxy(SERVER)
    assert found is not None
    assert found.url == httpx.URL("http://proxy.example:3128")


def test_a_proxy_that_speaks_tls_is_checked_by_the_same_certificates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "https://proxy.example")
    found = _proxy(SERVER)
    assert found is not None
    assert found.ssl_context is default_context()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://user:secret@proxy.example",
        "http://user:secret@proxy:port",
        "http://user:secret@a..b:3128",
        "http://user:secret@proxy.example:99999",
        "http://user:secret@proxy.example:0",
        "http://user:secret@",
    ],
)
def test_what_is_no_proxy_is_refused_without_a_word_of_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(LiminalError, match="HTTPS_PROXY") as caught:
        _proxy(SERVER)
    assert "secret" not in repr(caught.value)
    assert caught.value.__context__ is None


def test_a_socks_proxy_without_the_library_for_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://user:secret@proxy.example")
    monkeypatch.setattr("liminal._http.settings.proxy.find_spec", lambda _: None)
    with pytest.raises(LiminalError, match=r"ALL_PROXY.* a SOCKS proxy.*\[socks\]") as caught:
        _proxy(SERVER)
    assert "secret" not in repr(caught.value)


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
    name: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-pem").write_text("hello")
    monkeypatch.setenv(name, str(tmp_path / file))
    with (
        SyncClient(SERVER.text, auth=Token("t")) as client,
        pytest.raises(LiminalError, match=f"certificates.* check .*{name}") as caught,
    ):
        client.thread.get_available()
    assert caught.value.__context__ is None


def test_the_certificates_are_read_once_for_all_clients() -> None:
    assert default_context() is default_context()


def test_a_certificate_file_that_was_replaced_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    before = default_context()
    trustme.CA().cert_pem.write_to_path(str(file), append=True)

    assert len(before.get_ca_certs()) == 1
    assert len(default_context().get_ca_certs()) == 2


@pytest.fixture
def injected() -> Iterator[None]:
    """Have the system verify certificates, from the middle of a program on."""
    truststore.inject_into_ssl()
    yield
    truststore.extract_from_ssl()


def test_a_default_that_was_replaced_makes_no_more_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = default_context()
    assert current(before) is before
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert current(before) is default_context() is not before


def test_a_context_is_of_the_class_that_is_in_force(request: pytest.FixtureRequest) -> None:
    before = default_context()
    assert current(before) is before
    request.getfixturevalue("injected")

    assert isinstance(default_context(), truststore.SSLContext)
    assert current(before) is default_context()


def test_a_caller_s_context_stays_what_it_was(request: pytest.FixtureRequest) -> None:
    theirs = ssl.create_default_context()
    assert current(theirs) is theirs
    request.getfixturevalue("injected")

    assert not isinstance(theirs, ssl.SSLContext)
    Tls(theirs, "api.example")  # which asyncio's own would refuse


def test_http_reads_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "default_context", lambda: pytest.fail("certificates were read"))
    assert route.route_to(parse_server_url("http://127.0.0.1:8000"), DEFAULTS).tls is None


def test_a_request_s_parts_are_an_iterator_of_their_own() -> None:
    from liminal._calls.request import _Parts

    parts = _Parts(iter([b"part"]))
    assert aiter(parts) is parts
