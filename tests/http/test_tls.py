"""The TLS context that is used by default: where it comes from, and when it is made anew."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
import truststore

from liminal import SyncClient
from liminal._http import route
from liminal._http.settings.network_options import NetworkOptions
from liminal._http.settings.server_url import parse_server_url
from liminal._http.tls import Tls, current, default_context
from liminal.auth import Token
from liminal.errors import LiminalError


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
        SyncClient("https://api.tenant.example", auth=Token("t")) as client,
        pytest.raises(LiminalError, match=f"certificates.* check .*{name}") as caught,
    ):
        client.thread.get_available()
    assert caught.value.__context__ is None


def test_the_default_is_kept_until_its_certificate_file_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    before = default_context()
    assert current(before) is default_context() is before

    trustme.CA().cert_pem.write_to_path(str(file), append=True)
    assert current(before) is default_context() is not before
    assert len(before.get_ca_certs()) == 1
    assert len(default_context().get_ca_certs()) == 2


@pytest.fixture
def contexts() -> Iterator[tuple[ssl.SSLContext, ssl.SSLContext]]:
    """The default and a caller's own context, from before truststore was injected."""
    made = default_context(), ssl.create_default_context()
    truststore.inject_into_ssl()
    yield made
    truststore.extract_from_ssl()


def test_after_truststore_was_injected_only_the_default_is_made_anew(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    before, theirs = contexts
    assert isinstance(default_context(), truststore.SSLContext)
    assert current(before) is default_context()
    assert current(theirs) is theirs
    assert not isinstance(theirs, ssl.SSLContext)
    Tls(theirs, "api.example")  # which asyncio's own would refuse


def test_a_server_s_certificate_is_checked_by_the_given_context_or_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, given = parse_server_url("https://api.tenant.example"), ssl.create_default_context()
    assert route.route_to(server, NetworkOptions(ssl_context=given)).tls is given
    assert route.route_to(server, NetworkOptions()).tls is default_context()
    monkeypatch.setattr(route, "default_context", lambda: pytest.fail("certificates were read"))
    assert route.route_to(parse_server_url("http://127.0.0.1"), NetworkOptions()).tls is None
