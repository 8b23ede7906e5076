"""What ends a sign-in: an AuthError with what to do, and no text of the authority's."""

import socket

import pytest

from tests.support.errors import refused

START = "Entra ID refused to start the sign-in"


@pytest.fixture
def refuses(ask):
    """Ask a provider for its token; return the AuthError."""

    def refuses(provider, message):
        with refused(message) as caught:
            ask(provider)
        return caught.value

    return refuses


@pytest.mark.parametrize(
    ("sign_in", "message"),
    [
        ("declined", "The sign-in was declined: sign in again, and approve it"),
        ("expired", "The code expired before it was used: sign in again"),
    ],
)
def test_a_sign_in_that_failed_may_be_tried_again(  # noqa: PLR0917 - fixtures and parameters
    authority, make_provider, ask, refuses, sign_in, message
):
    provider = make_provider()
    authority.sign_in = sign_in
    refuses(provider, message)
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
    authority, make_provider, refuses, options, message
):
    authority.sign_in = "pending"
    error = refuses(make_provider(auth_challenge_timeout=0.1, **options), message)
    assert ("log" in str(error)) is ("prompt" in options)


def test_a_slow_answer_does_not_outlast_the_time_to_sign_in(authority, make_provider, refuses):
    provider = make_provider(
        auth_challenge_timeout=0.2, prompt=lambda _: setattr(authority, "delay", 30)
    )
    refuses(provider, "Nobody signed in within 0.2 seconds")


def test_an_unreachable_authority_is_reported(make_provider, refuses):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"https://localhost:{nobody.getsockname()[1]}/tenant"
        message = r"identity provider at localhost:\d+ can't be reached: check the network"
        refuses(make_provider(authority=url), message)


@pytest.mark.parametrize(
    ("name", "value"), [("HTTPS_PROXY", "socks4://u:hush@h"), ("ALL_PROXY", "hush://")]
)
def test_a_proxy_variable_that_cannot_be_used_is_reported(
    make_provider, refuses, monkeypatch, name, value
):
    monkeypatch.setenv(name, value)
    provider = make_provider(authority="https://login.example/tenant")
    refuses(provider, "HTTPS_PROXY, or ALL_PROXY, is not the URL of a proxy")


def test_no_proxy_may_name_an_ipv6_address_in_brackets(authority, make_provider, ask, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "[::1]")
    assert authority.is_valid(ask(make_provider()))


METADATA, CODE, TOKEN = "openid-configuration", "devicecode", "token"
BUSY = "is unavailable or overloaded: try again later"
MALFORMED = "gave an unexpected answer: check tenant_id and authority="
ENDPOINT = (
    b'{"authorization_endpoint": "https://h/t", "token_endpoint": "https://h/t/t", '
    b'"device_authorization_endpoint": "%s"}'
)
ENDINGS = [
    ([CODE], {"error": "unauthorized_client", "codes": (700016,)},
     rf"{START} \(unauthorized_client, AADSTS700016\): check tenant_id, client_id and scopes"),
    ([TOKEN], {"error": "invalid_client", "codes": (7000218,)},
     "did not complete the sign-in .invalid_client, AADSTS7000218"),
    ([TOKEN], {"error": "invalid_grant", "codes": (53003,)},
     r"conditional access.* \(invalid_grant, AADSTS53003\)"),
    *[([METADATA, CODE], {"status": status, "body": b"<html>Trace ID</html>"}, BUSY)
      for status in (500, 503, 429)],
    ([CODE], {"error": "temporarily_unavailable", "codes": (90033,)}, BUSY),
    *[([METADATA, CODE, TOKEN], {"status": 200, "body": body}, MALFORMED)
      for body in (b"<html>Trace ID</html>", b"[]", b"{}", b"", b"\xff")],
    *[([METADATA], {"status": 200, "body": ENDPOINT % url}, MALFORMED)
      for url in (b"http://h/t", b"https://h:0/t")],
]  # fmt: skip


@pytest.mark.parametrize(
    ("endpoint", "answer", "message"),
    [(endpoint, *ending) for endpoints, *ending in ENDINGS for endpoint in endpoints],
)
def test_an_unusable_answer_ends_the_sign_in_and_the_error_says_what_to_do(  # noqa: PLR0917 - as above
    authority, make_provider, refuses, endpoint, answer, message
):
    authority.fail_next(endpoint, **answer)
    error = refuses(make_provider(), message)
    if message == BUSY and "status" in answer:
        assert f"(HTTP status {answer['status']})" in str(error)


@pytest.mark.parametrize("interactive", [True, False])
def test_an_unknown_tenant_is_reported_even_where_nobody_is_asked(
    authority, make_provider, refuses, interactive
):
    provider = make_provider(authority=f"https://{authority.host}/other", interactive=interactive)
    refuses(provider, rf"{START} \(invalid_tenant, AADSTS90002\): check tenant_id")


def test_a_failed_poll_is_repeated(authority, make_provider, ask):
    authority.fail_next("token", status=503)
    assert authority.is_valid(ask(make_provider()))


def test_a_failed_renewal_is_not_repeated(authority, make_provider, ask, refuses):
    authority.token_lifetime = 60
    provider = make_provider()
    ask(provider)
    authority.fail_next("token", status=503)
    authority.reset_requests()
    refuses(provider, "unavailable")
    assert authority.requests == ["token:refresh_token"]


def test_a_sign_in_without_an_event_loop_is_refused(make_provider):
    with refused("needs a worker thread"):
        make_provider().get_access_token().send(None)


def test_redirects_are_not_followed(authority, make_provider, refuses):
    headers = {"Location": f"{authority.url}/v2.0/.well-known/openid-configuration"}
    authority.fail_next(METADATA, status=302, body=b"{}", headers=headers)
    refuses(make_provider(), MALFORMED)
    assert authority.requests == [METADATA]
