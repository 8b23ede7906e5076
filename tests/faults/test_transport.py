"""What leaves goes to the server that was named, over TLS that holds, and as HTTP allows."""

import datetime as dt
import ssl
import traceback
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import truststore
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from liminal.auth import AuthProvider, SessionId, Token
from liminal.errors import APIConnectionError, APIStatusError, AuthError, LiminalError
from liminal_api.api.thread import get_thread
from liminal_api.encode import in_path
from liminal_api.errors import InvalidParameter
from liminal_api.types import RequestKwargs
from tests.support.libraries import Theirs, over_both_libraries, over_own_and_theirs

from . import steps
from .operations import OPERATIONS
from .server import Exchange, FaultServer, good
from .variants import Variant

# ---- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@over_own_and_theirs
def test_a_redirect_is_not_followed(sdk: Variant, status: int, theirs: Any) -> None:
    with FaultServer() as elsewhere:
        redirect = steps.status(status, headers=[("Location", f"{elsewhere.url}/stolen")])
        their = Theirs(sdk, theirs, follow_redirects=True)
        with FaultServer(redirect) as server:
            client = sdk.client(server.url, httpx_client=their.client)
            with pytest.raises(APIStatusError, match="redirects are not followed") as caught:
                sdk.run(OPERATIONS["analyze_prompt"](client))
            assert caught.value.status_code == status
            assert len(server.calls) == 1
        assert not elsewhere.accepted
        their.close()


def test_the_redirect_of_a_login_is_not_followed(sdk: Variant) -> None:
    with FaultServer() as elsewhere:
        redirect = steps.status(307, headers=[("Location", f"{elsewhere.url}/login")])
        with FaultServer(logins=[redirect]) as server:
            client = sdk.client(server.url)
            with pytest.raises(APIStatusError):
                sdk.run(OPERATIONS["analyze_prompt"](client))
        assert not elsewhere.accepted


# ---- headers

UNSENDABLE = ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x00b", "caf\u00e9", "\ud800", "a\x7fb"]


@pytest.mark.parametrize("value", UNSENDABLE)
@pytest.mark.parametrize("kind", [Token, SessionId])
def test_a_secret_that_no_header_can_carry_is_refused_unechoed(kind: Any, value: str) -> None:
    secret = f"hunter2{value}"
    with pytest.raises(AuthError) as caught:
        kind(secret)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


class Giving(AuthProvider):
    """A provider that gives this as its token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_access_token_sync(self) -> str:
        return self.token

    async def get_access_token(self) -> str:
        return self.token


@pytest.mark.parametrize("value", UNSENDABLE)
def test_a_providers_token_that_no_header_can_carry_is_not_sent(sdk: Variant, value: str) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url, auth=Giving(f"hunter2{value}"))
        with pytest.raises(AuthError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))
        assert not server.requests


@pytest.mark.parametrize("value", UNSENDABLE[:-1])  # DEL is a control character that HTTP allows
def test_a_header_given_to_the_low_level_client_is_not_split(sdk: Variant, value: str) -> None:
    kwargs = get_thread.get_kwargs(7)
    kwargs["headers"]["X-Given"] = f"hunter2{value}"
    with FaultServer() as server:
        client = sdk.client(server.url)
        with pytest.raises(LiminalError, match="characters HTTP can't carry") as caught:
            sdk.run(lambda: low_level(sdk, client, kwargs))
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))
        assert not server.calls


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "HOST"])
def test_a_header_that_says_where_a_request_ends_or_goes_is_refused(
    sdk: Variant, name: str
) -> None:
    kwargs = get_thread.get_kwargs(7)
    kwargs["headers"][name] = "5"
    with FaultServer() as server:
        client = sdk.client(server.url)
        with pytest.raises(LiminalError, match="leave out its headers Host, Content-Length"):
            sdk.run(lambda: low_level(sdk, client, kwargs))
        assert not server.requests


@pytest.mark.parametrize("part", [{"headers": {"X": 5}}, {"headers": {b"X": "5"}}, {"url": 5}])
def test_a_request_of_wrong_types_is_refused(sdk: Variant, part: Any) -> None:
    kwargs: Any = get_thread.get_kwargs(7) | part
    with FaultServer() as server:
        client = sdk.client(server.url)
        with pytest.raises(LiminalError, match="of another type than") as caught:
            sdk.run(lambda: low_level(sdk, client, kwargs))
        assert caught.value.__context__ is None
        assert not server.requests


def low_level(sdk: Variant, client: Any, kwargs: RequestKwargs) -> Any:
    call = client.api.call if sdk.name == "blocking" else client.api.call_async
    return call(get_thread.OPERATION, kwargs)


@pytest.mark.parametrize("path", ["/a\x00b", "/a\nb", "/" + "a" * 70_000, "/\ud800"])
def test_a_path_given_to_the_low_level_client_is_a_path_or_refused(sdk: Variant, path: str) -> None:
    kwargs = get_thread.get_kwargs(7)
    kwargs["url"] = path
    with FaultServer() as server:
        client = sdk.client(server.url)
        with pytest.raises(LiminalError, match="characters HTTP can't carry"):
            sdk.run(lambda: low_level(sdk, client, kwargs))
        assert not server.calls


@pytest.mark.parametrize(
    "path",
    ["@127.0.0.1:{port}/x", ".evil.example/", ":{port}/", "{port}", "", "?a", "http://127.0.0.1/"],
)
def test_a_path_given_to_the_low_level_client_can_not_name_another_server(
    sdk: Variant, path: str
) -> None:
    kwargs = get_thread.get_kwargs(7)
    with FaultServer() as server, FaultServer() as elsewhere:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))  # leaves an idle connection
        kwargs["url"] = path.format(port=elsewhere.port)
        with pytest.raises(LiminalError, match="must be a path that begins with /"):
            sdk.run(lambda: low_level(sdk, client, kwargs))
        assert len(server.calls) == 1
        assert not elsewhere.accepted


@pytest.mark.parametrize(
    "path", ["//127.0.0.1:{port}/x", "/\\127.0.0.1:{port}/x", "/@127.0.0.1:{port}"]
)
def test_a_path_that_looks_like_another_server_goes_to_ours(sdk: Variant, path: str) -> None:
    kwargs = get_thread.get_kwargs(7)
    with FaultServer() as server, FaultServer() as elsewhere:
        client = sdk.client(server.url)
        kwargs["url"] = path.format(port=elsewhere.port)
        sdk.run(lambda: low_level(sdk, client, kwargs))
        assert len(server.calls) == 1
        assert not elsewhere.accepted


# ---- paths


@given(st.text())
@example(".")
@example("..")
@example("%2e%2E")
@example("a/../b")
@example("\\..\\")
@example("a?b#c")
@example("\r\n")
def test_a_path_parameter_is_one_segment_or_refused(text: str) -> None:
    try:
        segment = in_path("id", text)
    except InvalidParameter:
        return
    url = httpx.URL(f"https://api.example/before/{segment}/after")
    steps_of_path = url.raw_path.decode("ascii").split("/")
    assert steps_of_path == ["", "before", segment, "after"]
    assert segment.lower().replace("%2e", ".") not in {"", ".", ".."}
    assert url.host == "api.example"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(thread_id=st.one_of(st.integers(), st.text(), st.none(), st.floats(), st.booleans()))
def test_a_thread_is_asked_for_by_a_number_alone(sdk: Variant, thread_id: Any) -> None:
    client = sdk.client("http://127.0.0.1:1", max_retries=0)
    is_id = (
        isinstance(thread_id, int) and not isinstance(thread_id, bool) and thread_id in range(2**63)
    )
    expected = APIConnectionError if is_id else LiminalError
    with pytest.raises(expected) as caught:
        sdk.run(lambda: client.thread.get_by_id(thread_id))
    assert isinstance(caught.value, APIConnectionError) is is_id


# ---- TLS

authority = trustme.CA()


def server_tls(*names: str, **options: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    """What a caller with a private authority gives to httpx."""
    context = ssl.create_default_context()
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
