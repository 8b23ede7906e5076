"""Invalid certificates are refused, those of a private authority accepted when it is named."""

import datetime as dt
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
import truststore

from liminal._http.tls import default_context
from liminal.auth import SessionId
from liminal.errors import APIConnectionError, LiminalError
from tests.support.libraries import over_own_and_theirs
from tests.support.tls import NO_TLS, authority, serving, serving_as, trusting

from .operations import OPERATIONS
from .server import Exchange, FaultServer, good
from .variants import Variant

PAST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def client_of(sdk: Variant, server: FaultServer, theirs: Any, context: ssl.SSLContext) -> Any:
    """A client that trusts by this context, itself or by a user's client."""
    if theirs is None:
        return sdk.client(server.url, ssl_context=context)
    return sdk.client(server.url, httpx_client=sdk.user_client(theirs, verify=context))


def call(sdk: Variant, client: Any, *names: str) -> None:
    for name in names or OPERATIONS:
        sdk.run(OPERATIONS[name](client))


HOST, OVER = "127.0.0.1", {"not_before": PAST, "not_after": PAST}
REFUSED: dict[str, tuple[ssl.SSLContext, str, dict[str, Any], str]] = {
    "unknown": (NO_TLS, HOST, {}, "unable to get local issuer certificate"),
    "for another host": (trusting(), "api.example", {}, "IP address mismatch"),
    "expired": (trusting(), HOST, OVER, "certificate has expired"),
}


@pytest.mark.parametrize("certificate", REFUSED)
@over_own_and_theirs
def test_a_certificate_that_does_not_hold_is_refused_at_once_and_nothing_sent(
    sdk, certificate, theirs
):
    context, name, options, reason = REFUSED[certificate]
    with FaultServer(good, tls=serving_as(name, **options)) as server:
        with pytest.raises(APIConnectionError, match=reason) as caught:
            call(sdk, client_of(sdk, server, theirs, context), "submit_prompt")
        assert caught.value.attempts == 1
        assert not caught.value.may_have_been_processed
        assert not server.requests


def test_the_error_for_an_unknown_authority_says_how_to_name_it(sdk):
    with FaultServer(good, tls=serving()) as server:
        how = r"SSL_CERT_FILE.* truststore.* ssl_context="
        with pytest.raises(APIConnectionError, match=how):
            call(sdk, sdk.client(server.url), "submit_prompt")


@over_own_and_theirs
def test_a_private_authority_is_accepted_when_it_is_named(sdk, theirs):
    with FaultServer(good, tls=serving()) as server:
        call(sdk, client_of(sdk, server, theirs, trusting()))


# ---- what changes while a program runs


def once(exchange: Exchange) -> None:
    """The step of a server whose next request needs a new connection."""
    exchange.good([("Connection", "close")])


@contextmanager
def injected() -> Iterator[None]:
    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


def test_truststore_may_be_injected_at_any_time_and_changes_no_ssl_context_from_before(
    sdk, monkeypatch
):
    with authority().cert_pem.tempfile() as file, FaultServer(once, tls=serving()) as server:
        monkeypatch.setenv("SSL_CERT_FILE", file)  # where Linux keeps what truststore trusts
        old = sdk.client(server.url)
        trusted = sdk.client(server.url, ssl_context=trusting())
        stranger = sdk.client(server.url, ssl_context=NO_TLS)
        call(sdk, old, "list_threads")
        with injected():
            assert isinstance(default_context(), truststore.SSLContext)
            for client in (old, sdk.client(server.url), trusted):
                call(sdk, client, "list_threads")
            with pytest.raises(APIConnectionError, match="ssl_context="):
                call(sdk, stranger, "list_threads")
        assert len(server.calls) == 4


def test_a_certificate_file_that_is_replaced_serves_clients_that_are_there(sdk, monkeypatch):
    other = trustme.CA().cert_pem
    with other.tempfile() as file, FaultServer(once, tls=serving()) as server:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        client = sdk.client(server.url)
        with pytest.raises(APIConnectionError, match="certificate was refused"):
            call(sdk, client, "list_threads")
        authority().cert_pem.write_to_path(file, append=True)
        call(sdk, client, "list_threads")
        Path(file).write_text("hello")
        with pytest.raises(LiminalError, match="check which files SSL_CERT_FILE"):
            call(sdk, client, "list_threads")


# ---- client certificates

OURS, NONE, UNKNOWN, EXPIRED = "ours", "no", "another authority's", "an expired"


def wanting_certificates() -> ssl.SSLContext:
    context = serving_as(HOST)
    authority().configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def showing(kind: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)
    if kind != NONE:
        issuer = trustme.CA() if kind == UNKNOWN else authority()
        options: dict[str, Any] = OVER if kind == EXPIRED else {}
        issuer.issue_cert("client.example", **options).configure_cert(context)
    return context


def test_a_client_certificate_is_shown(sdk):
    with FaultServer(good, tls=wanting_certificates()) as server:
        call(sdk, sdk.client(server.url, ssl_context=showing(OURS)))


@pytest.mark.parametrize(
    ("version", "kind", "reason"),
    [
        ("TLSv1_3", NONE, r"refused what it got \(certificate required\).*ssl_context="),
        ("TLSv1_3", UNKNOWN, r"refused what it got \(unknown ca\).*ssl_context="),
        ("TLSv1_3", EXPIRED, r"refused what it got \(certificate expired\).*ssl_context="),
        ("TLSv1_2", NONE, "could not connect .*may require a client certificate.*ssl_context="),
        ("TLSv1_2", UNKNOWN, r"refused what it got \(unknown ca\).*ssl_context="),
    ],
)
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_client_certificate_that_is_wanted_is_asked_for(sdk, version, kind, reason, size):
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


def test_a_server_without_tls_is_refused_and_told_nothing(sdk):
    with FaultServer() as server:
        client = sdk.client(f"https://127.0.0.1:{server.port}", max_retries=0, timeout=0.5)
        with pytest.raises(APIConnectionError):
            call(sdk, client, "submit_prompt")
        assert not server.requests
