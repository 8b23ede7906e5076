"""What ends a sign-in: an AuthError with what to do, and no text of the authority's."""

import socket

import pytest

from liminal._http.sockets.deadline import Deadline
from liminal._http.sockets.limits import limit_sync
from liminal.errors import AuthError

START = "Entra ID refused to start the sign-in"


@pytest.fixture
def refused(ask):
    """Ask a provider for its token; return the AuthError."""

    def refused(provider, message):
        with pytest.raises(AuthError, match=message) as caught:
            ask(provider)
        assert caught.value.__context__ is caught.value.__cause__ is None
        assert "Trace ID" not in repr(caught.value)
        return caught.value

    return refused


@pytest.mark.parametrize(
    ("sign_in", "message"),
    [
        ("declined", "The sign-in was declined: sign in again, and approve it"),
        ("expired", "The code expired before it was used: sign in again"),
    ],
)
def test_a_sign_in_that_failed_may_be_tried_again(  # noqa: PLR0917 - fixtures and parameters
    authority, make_provider, ask, refused, sign_in, message
):
    provider = make_provider()
    authority.sign_in = sign_in
    refused(provider, message)
    authority.sign_in = "approved"
    assert authority.is_valid(ask(provider))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"Nobody signed in within 0.1 seconds: sign in again, or raise auth_challenge_timeo"),
        ({"prompt": None}, "The code went to the log 'liminal' at INFO, or to stderr."),
    ],
)
def test_a_sign_in_ends_when_nobody_completes_it_in_time(
    authority, make_provider, refused, options, message
):
    authority.sign_in = "pending"
    error = refused(make_provider(auth_challenge_timeout=0.1, **options), message)
    assert ("log" in str(error)) is ("prompt" in options)


def test_a_slow_answer_does_not_outlast_the_time_to_sign_in(authority, make_provider, refused):
    provider = make_provider(
        auth_challenge_timeout=0.2, prompt=lambda _: setattr(authority, "delay", 30)
    )
    refused(provider, "Nobody signed in within 0.2 seconds")


def test_the_deadline_of_a_blocking_call_ends_a_renewal(authority, make_provider):
    authority.token_lifetime = 60
    provider = make_provider()
    provider.get_access_token_sync()
    authority.delay = 30
    limit = limit_sync(Deadline(call_seconds=0.2, try_seconds=None))
    with limit, pytest.raises(AuthError, match="can't be reached"):
        provider.get_access_token_sync()


def test_an_unreachable_authority_is_reported(make_provider, refused):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"https://localhost:{nobody.getsockname()[1]}/tenant"
        message = r"identity provider at localhost:\d+ can't be reached: check the network"
        refused(make_provider(authority=url), message)


@pytest.mark.parametrize(
    ("name", "value"), [("HTTPS_PROXY", "socks4://u:hush@h"), ("ALL_PROXY", "hush://")]
)
def test_a_proxy_variable_that_cannot_be_used_is_reported(
    make_provider, refused, monkeypatch, name, value
):
    monkeypatch.setenv(name, value)
    provider = make_provider(authority="https://login.example/tenant")
    error = refused(provider, "HTTPS_PROXY, or ALL_PROXY, is not the URL of a proxy")
    assert "hush" not in str(error)


def test_no_proxy_may_name_an_ipv6_address_in_brackets(authority, make_provider, ask, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "[::1]")
    assert authority.is_valid(ask(make_provider()))


@pytest.mark.parametrize(
    ("endpoint", "error", "code", "message"),
    [
        ("devicecode", "unauthorized_client", 700016,
         rf"{START} \(unauthorized_client, AADSTS700016\): check tenant_id, client_id and scopes"),
        ("token", "invalid_client", 7000218, "did not complete the sign-in .invalid_client, AADS"),
        ("token", "invalid_grant", 53003, r"conditional access.* \(invalid_grant, AADSTS53003\)"),
    ],
)  # fmt: skip
def test_a_refusal_ends_the_sign_in_with_its_code(  # noqa: PLR0917 - as above
    authority, make_provider, refused, endpoint, error, code, message
):
    authority.fail_next(endpoint, error=error, codes=(code,))
    refused(make_provider(), message)


@pytest.mark.parametrize("interactive", [True, False])
def test_an_unknown_tenant_is_reported_even_where_nobody_is_asked(
    authority, make_provider, refused, interactive
):
    provider = make_provider(authority=f"https://{authority.host}/other", interactive=interactive)
    refused(provider, rf"{START} \(invalid_tenant, AADSTS90002\): check tenant_id")


@pytest.mark.parametrize("endpoint", ["openid-configuration", "devicecode"])
@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_error_is_raised_with_its_status(
    authority, make_provider, refused, endpoint, status
):
    authority.fail_next(endpoint, status=status, body=b"<html>Trace ID</html>")
    error = refused(make_provider(), "is out of order or too busy: try again later")
    assert error.status_code == status


def test_a_failed_poll_is_repeated(authority, make_provider, ask):
    authority.fail_next("token", status=503)
    assert authority.is_valid(ask(make_provider()))


def test_a_failed_renewal_is_not_repeated(authority, make_provider, ask, refused):
    authority.token_lifetime = 60
    provider = make_provider()
    ask(provider)
    authority.fail_next("token", status=503)
    authority.reset_requests()
    refused(provider, "out of order")
    assert authority.requests == ["token:refresh_token"]


@pytest.mark.parametrize("endpoint", ["openid-configuration", "devicecode", "token"])
@pytest.mark.parametrize("body", [b"<html>Trace ID</html>", b"[]", b"{}", b"", b"\xff"])
def test_a_malformed_answer_ends_the_sign_in(authority, make_provider, refused, endpoint, body):
    authority.fail_next(endpoint, status=200, body=body)
    refused(make_provider(), "did not answer like one: check tenant_id and authority=")


def test_an_endpoint_without_tls_is_not_used(authority, make_provider, refused):
    body = b'{"authorization_endpoint": "https://h/t", "token_endpoint": "https://h/t/t", '
    body += b'"device_authorization_endpoint": "http://h/t"}'
    authority.fail_next("openid-configuration", status=200, body=body)
    refused(make_provider(), "did not answer like one")


def test_redirects_are_not_followed(authority, make_provider, refused):
    headers = {"Location": f"{authority.url}/v2.0/.well-known/openid-configuration"}
    authority.fail_next("openid-configuration", status=302, body=b"{}", headers=headers)
    refused(make_provider(), "did not answer like one")
    assert authority.requests == ["openid-configuration"]
