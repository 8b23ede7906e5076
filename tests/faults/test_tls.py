"""Certificates that don't hold are refused, those of private authorities accepted when named."""

import datetime as dt
import ssl
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import trustme
import truststore

from liminal.auth import SessionId
from liminal.errors import APIConnectionError, LiminalError
from tests.support.libraries import Theirs, over_both_libraries

from .operations import OPERATIONS
from .server import Exchange, FaultServer, good
from .variants import Variant

authority = trustme.CA()


def server_tls(*names: str, **options: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    """What a caller with a private authority gives to httpx, without all others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


def refused(sdk: Variant, tls: ssl.SSLContext, reason: str, library: Any = None) -> None:
    """The certificate is refused at once, and nothing is sent."""
    with FaultServer(good, tls=tls) as server:
        their = Theirs(sdk, library, verify=trusting())
        client = sdk.client(server.url, httpx_client=their.client)
        with pytest.raises(APIConnectionError, match=reason) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        assert caught.value.attempts == 1
        assert not caught.value.may_have_been_processed
        assert not server.requests
        their.close()


def test_a_certificate_of_an_unknown_authority_is_refused(sdk: Variant) -> None:
    refused(sdk, server_tls("127.0.0.1"), "unable to get local issuer certificate")


def test_a_self_signed_certificate_is_refused(sdk: Variant) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with authority.cert_pem.tempfile() as cert, authority.private_key_pem.tempfile() as key:
        context.load_cert_chain(cert, key)
    refused(sdk, context, "self-signed certificate|self signed certificate")


@over_both_libraries
def test_a_certificate_for_another_host_is_refused(sdk: Variant, library: Any) -> None:
    refused(sdk, server_tls("api.example"), "IP address mismatch", library)


@over_both_libraries
def test_an_expired_certificate_is_refused(sdk: Variant, library: Any) -> None:
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    tls = server_tls("127.0.0.1", not_before=past, not_after=past + dt.timedelta(days=1))
    refused(sdk, tls, "certificate has expired", library)


@over_both_libraries
def test_a_private_authority_is_accepted_through_a_user_s_client(
    sdk: Variant, library: Any
) -> None:
    with FaultServer(good, tls=server_tls("127.0.0.1")) as server:
        their = Theirs(sdk, library, verify=trusting())
        client = sdk.client(server.url, httpx_client=their.client)
        for operation in OPERATIONS.values():
            sdk.run(operation(client))
        their.close()


def test_the_error_for_an_unknown_authority_says_how_to_name_it(sdk: Variant) -> None:
    refused(sdk, server_tls("127.0.0.1"), r"SSL_CERT_FILE.* truststore.* ssl_context=")


def test_a_private_authority_is_accepted_through_an_ssl_context(sdk: Variant) -> None:
    with FaultServer(good, tls=server_tls("127.0.0.1")) as server:
        client = sdk.client(server.url, ssl_context=trusting())
        for operation in OPERATIONS.values():
            sdk.run(operation(client))


def once(exchange: Exchange) -> None:
    """The step of a server whose next request needs a new connection."""
    exchange.good([("Connection", "close")])


def test_truststore_may_be_injected_at_any_time(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        authority.cert_pem.tempfile() as file,
        FaultServer(once, tls=server_tls("127.0.0.1")) as server,
    ):
        monkeypatch.setenv("SSL_CERT_FILE", file)  # where Linux keeps what truststore believes
        old = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](old))
        truststore.inject_into_ssl()
        try:
            for client in (old, sdk.client(server.url)):
                sdk.run(OPERATIONS["list_threads"](client))
        finally:
            truststore.extract_from_ssl()


@pytest.mark.parametrize("fits", [True, False])
def test_truststore_changes_nothing_about_an_ssl_context_from_before(
    sdk: Variant, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = trusting() if fits else ssl.create_default_context()
    with (
        authority.cert_pem.tempfile() as file,
        FaultServer(good, tls=server_tls("127.0.0.1")) as server,
    ):
        if not fits:  # what the context does not believe, the system would
            monkeypatch.setenv("SSL_CERT_FILE", file)
        client = sdk.client(server.url, ssl_context=context)
        truststore.inject_into_ssl()
        try:
            with nullcontext() if fits else pytest.raises(APIConnectionError, match="ssl_context="):
                sdk.run(OPERATIONS["list_threads"](client))
        finally:
            truststore.extract_from_ssl()
        assert bool(server.requests) is fits


def test_a_certificate_file_that_is_replaced_serves_clients_that_are_there(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        trustme.CA().cert_pem.tempfile() as file,
        FaultServer(once, tls=server_tls("127.0.0.1")) as server,
    ):
        monkeypatch.setenv("SSL_CERT_FILE", file)
        client = sdk.client(server.url)
        with pytest.raises(APIConnectionError, match="certificate was refused"):
            sdk.run(OPERATIONS["list_threads"](client))
        authority.cert_pem.write_to_path(file, append=True)
        sdk.run(OPERATIONS["list_threads"](client))
        Path(file).write_text("hello")
        with pytest.raises(LiminalError, match="check which files SSL_CERT_FILE"):
            sdk.run(OPERATIONS["list_threads"](client))


def wanting_certificates() -> ssl.SSLContext:
    context = server_tls("127.0.0.1")
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_a_client_certificate_is_shown(sdk: Variant) -> None:
    context = trusting()
    authority.issue_cert("client.example").configure_cert(context)
    with FaultServer(good, tls=wanting_certificates()) as server:
        client = sdk.client(server.url, ssl_context=context)
        for operation in OPERATIONS.values():
            sdk.run(operation(client))


NONE, UNKNOWN, EXPIRED = "no", "another authority's", "an expired"


def showing(kind: str) -> ssl.SSLContext:
    context, past = trusting(), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    if kind == UNKNOWN:
        trustme.CA().issue_cert("client.example").configure_cert(context)
    if kind == EXPIRED:
        cert = authority.issue_cert("client.example", not_before=past, not_after=past)
        cert.configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("version", "kind", "reason"),
    [
        ("TLSv1_3", NONE, r"refused what it was shown \(certificate required\).*ssl_context="),
        ("TLSv1_3", UNKNOWN, r"refused what it was shown \(unknown ca\).*ssl_context="),
        ("TLSv1_3", EXPIRED, r"refused what it was shown \(certificate expired\).*ssl_context="),
        ("TLSv1_2", NONE, "could not connect .*may ask for a client certificate.*ssl_context="),
        ("TLSv1_2", UNKNOWN, r"refused what it was shown \(unknown ca\).*ssl_context="),
    ],
)
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_client_certificate_that_is_wanted_is_asked_for(
    sdk: Variant, version: str, kind: str, reason: str, size: int
) -> None:
    tls = wanting_certificates()
    tls.maximum_version = ssl.TLSVersion[version]
    with FaultServer(good, tls=tls) as server:
        client = sdk.client(server.url, ssl_context=showing(kind), auth=SessionId("s"))
        if sdk.name == "asyncio" and size > 10:  # it may be cut off in the middle of writing
            reason += "|connection was lost"
        with pytest.raises(APIConnectionError, match=reason) as caught:
            sdk.run(lambda: client.prompt.submit(1, "x" * size))
        assert not server.requests
    if "lost" not in str(caught.value):
        assert not caught.value.may_have_been_processed


def test_a_server_without_tls_is_refused_and_told_nothing(sdk: Variant) -> None:
    with FaultServer() as server:
        client = sdk.client(f"https://127.0.0.1:{server.port}", max_retries=0, timeout=0.5)
        with pytest.raises(APIConnectionError):
            sdk.run(OPERATIONS["submit_prompt"](client))
        assert not server.requests


def test_a_name_that_does_not_exist_is_a_connection_error(sdk: Variant) -> None:
    client = sdk.client("https://api.invalid", max_retries=0)  # RFC 6761, 6.4: never resolved
    with pytest.raises(APIConnectionError, match="could not connect") as caught:
        sdk.run(OPERATIONS["submit_prompt"](client))
    assert not caught.value.may_have_been_processed
