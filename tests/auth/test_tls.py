"""``verify`` alone decides which certificates are believed; proxies still work."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest
import trustme
import truststore

from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.errors import AuthError


@pytest.fixture(params=["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def variable(request):
    """The variables that requests lets override ``verify``."""
    return request.param


def test_a_rubbish_bundle_in_the_environment_changes_nothing(
    make_provider, ask, monkeypatch, variable
):
    monkeypatch.setenv(variable, __file__)
    assert ask(make_provider())


def test_a_bundle_in_the_environment_is_not_believed(
    authority, make_provider, ask, monkeypatch, variable
):
    monkeypatch.setenv(variable, authority.ca_file)
    with pytest.raises(
        AuthError, match="certificate that is not trusted: give verify= the CA file"
    ):
        ask(make_provider(verify=True))


def test_public_authorities_do_not_include_the_local_one(make_provider, ask):
    with pytest.raises(AuthError, match="not trusted") as caught:
        ask(make_provider(verify=True))
    assert caught.value.__context__ is None


def test_a_context_decides_as_well(authority, make_provider, ask):
    context = ssl.create_default_context(cafile=authority.ca_file)
    assert authority.is_valid(ask(make_provider(verify=context)))


def test_a_folder_of_certificates_decides_as_well(authority, make_provider, ask, tmp_path):
    # OpenSSL looks for a name made of the subject's hash; an empty folder trusts nobody.
    with pytest.raises(AuthError, match="not trusted"):
        ask(make_provider(verify=tmp_path))


def test_a_path_object_is_a_path(authority, make_provider, ask):
    assert authority.is_valid(ask(make_provider(verify=Path(authority.ca_file))))


@pytest.mark.parametrize("wrong", ["/nowhere/ca.pem", __file__, "a\0b"])
def test_a_file_that_cannot_be_read_as_certificates_is_an_auth_error(make_provider, ask, wrong):
    with pytest.raises(AuthError, match="can't be read as certificates") as caught:
        ask(make_provider(verify=wrong))
    assert caught.value.__context__ is None


def test_a_file_that_is_replaced_is_read_again(authority, make_provider, ask, tmp_path):
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(file)
    provider = make_provider(verify=file)
    with pytest.raises(AuthError, match="not trusted"):
        ask(provider)
    file.write_bytes(Path(authority.ca_file).read_bytes())
    assert authority.is_valid(ask(provider))


@pytest.mark.parametrize("verify", ["True", "file", "context"])
def test_truststore_may_be_injected_at_any_time(authority, make_provider, ask, monkeypatch, verify):
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


def test_an_environment_whose_certificates_can_t_be_read_is_an_auth_error(
    make_provider, ask, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", __file__)
    with pytest.raises(AuthError, match="check which files SSL_CERT_FILE") as caught:
        ask(make_provider(verify=True))
    assert caught.value.__context__ is None


@pytest.mark.parametrize("off", [False, None, 0, ""])
def test_verification_cannot_be_turned_off(off):
    with pytest.raises(AuthError, match="verify can't be turned off"):
        DeviceCodeFlowProvider("tenant", "client", verify=off)


def test_a_proxy_of_the_environment_is_used(make_provider, ask, monkeypatch, authority):
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse():
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(1000).split(b"\r\n")[0])
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(AuthError, match="can't be reached: check the network, the proxy"):
            ask(make_provider())
        thread.join()
    assert asked == [f"CONNECT {authority.host} HTTP/1.1".encode()]


@pytest.mark.parametrize("wrong", [-1, 1, 7, 0.5, object(), b"x", ["x"]])
def test_what_can_be_no_certificates_is_refused_at_once(wrong):
    with pytest.raises(AuthError, match="verify must be True, the path of a CA file"):
        DeviceCodeFlowProvider("tenant", "client", verify=wrong)
