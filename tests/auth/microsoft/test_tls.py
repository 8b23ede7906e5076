"""``verify`` alone decides which certificates are trusted; proxies and wrapped transports work."""

import socket
import ssl
import threading
from pathlib import Path

import httpx
import pytest
import trustme
import truststore

from liminal._version import VERSION
from tests.support.errors import refused

NOT_TRUSTED = "certificate that is not trusted: pass its CA file as verify="


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_variables_that_override_verify_for_requests_change_nothing(
    authority, make_provider, ask, monkeypatch, variable
):
    monkeypatch.setenv(variable, authority.ca_file)
    with refused(NOT_TRUSTED):
        ask(make_provider(verify=True))
    monkeypatch.setenv(variable, __file__)
    assert ask(make_provider())


@pytest.mark.parametrize(
    "verify", [Path, lambda file: ssl.create_default_context(cafile=file)], ids=["path", "context"]
)
def test_a_path_or_a_context_is_trusted(authority, make_provider, ask, verify):
    assert authority.is_valid(ask(make_provider(verify=verify(authority.ca_file))))


def test_a_folder_without_the_certificate_trusts_nobody(make_provider, ask, tmp_path):
    with refused("not trusted"):
        ask(make_provider(verify=tmp_path))


@pytest.mark.parametrize(
    ("verify", "message"),
    [
        (True, "check which files SSL_CERT_FILE"),
        *[(wrong, "can't be read as cert") for wrong in ("/nowhere/ca.pem", __file__, "a\0b")],
    ],
)
def test_unreadable_certificates_are_an_auth_error(
    make_provider, ask, monkeypatch, verify, message
):
    monkeypatch.setenv("SSL_CERT_FILE", __file__)
    with refused(message):
        ask(make_provider(verify=verify))


def test_a_replaced_file_is_read_again(authority, make_provider, ask, tmp_path):
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(file)
    provider = make_provider(verify=file)
    with refused("not trusted"):
        ask(provider)
    file.write_bytes(Path(authority.ca_file).read_bytes())
    assert authority.is_valid(ask(provider))


@pytest.mark.parametrize("verify", ["True", "file", "context"])
def test_truststore_may_be_injected_before_or_after(
    authority, make_provider, ask, monkeypatch, verify
):
    monkeypatch.setenv("SSL_CERT_FILE", authority.ca_file)
    context = ssl.create_default_context(cafile=authority.ca_file)
    given = {"True": True, "file": authority.ca_file, "context": context}[verify]
    before = make_provider(verify=given)
    assert ask(before)
    truststore.inject_into_ssl()
    try:
        for provider in (before, make_provider(verify=given)):
            assert authority.is_valid(ask(provider))
    finally:
        truststore.extract_from_ssl()


def test_a_library_that_wraps_httpxs_transport_sees_the_requests_and_whose_they_are(
    authority, make_provider, ask, monkeypatch
):
    real, seen = httpx.HTTPTransport.handle_request, []

    def handle(transport, request):
        seen.append((request.url.netloc.decode(), request.headers["User-Agent"]))
        return real(transport, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    assert authority.is_valid(ask(make_provider()))
    assert seen == [(authority.host, f"liminal-sdk-python/{VERSION}")] * 3


def test_a_proxy_of_the_environment_is_used(make_provider, ask, monkeypatch):
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse():
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(1000).split(b"\r\n")[0])
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        listener.settimeout(10)
        thread = threading.Thread(target=refuse)
        thread.start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with refused("can't be reached: check the network, the proxy"):
            ask(make_provider(authority="https://login.example/tenant"))
        thread.join()
    assert asked == [b"CONNECT login.example:443 HTTP/1.1"]
