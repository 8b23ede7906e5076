# Derived from tests/_async/test_sign_in.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""What each credential sends at the login, and what a login may be answered."""

import pytest

from liminal import APIStatusError, AuthError, SyncClient
from liminal.auth import SessionId
from tests.support.service import ME, PROVIDER_LOGIN, THREADS, TOKEN_LOGIN, answer

from .session_service import Provider

# What each credential sends


@pytest.mark.parametrize(
    ("auth", "path", "header", "value"),
    [
        (None, TOKEN_LOGIN, "x-test-automation-api-key", "a-token"),
        (Provider("provider-token"), PROVIDER_LOGIN, "authorization", "Bearer provider-token"),
    ],
    ids=["token", "provider"],
)
def test_a_token_is_sent_in_its_header_to_the_login_alone(service, auth, path, header, value):
    service.client(auth).thread.get_available()
    assert service.paths == [path, THREADS]
    assert service.headers[0][header] == value
    assert header not in service.headers[1]


def test_a_session_id_is_the_session_from_the_first_call_on(service):
    service.cookie()
    client = service.client(SessionId("s1"))
    assert client.session_id == "s1"
    client.thread.get_available()
    assert service.requests == [(THREADS, "session=s1")]


def test_a_provider_is_asked_for_a_token_at_each_login(service):
    provider = Provider("one", "two")
    client = service.client(provider)
    client.thread.get_available()
    service.expire()
    client.thread.get_available()
    sent = [headers.get("authorization") for headers in service.headers]
    assert [each for each in sent if each] == ["Bearer one", "Bearer two"]


def test_each_class_method_opens_the_session_at_once(service):
    service.cookie()
    options = {"httpx_client": service.user_client()}
    for client in (
        SyncClient.authenticate_from_token(service.url, "t", **options),
        SyncClient.authenticate_from_session_id(service.url, "s1", **options),
        SyncClient.authenticate_from_auth_provider(service.url, Provider("t"), **options),
    ):
        assert client.session_id not in {None, "s1"}
    assert service.paths == [TOKEN_LOGIN, ME, PROVIDER_LOGIN]


def test_a_client_without_credential_says_so_at_its_first_call(service):
    client = SyncClient(service.url, httpx_client=service.user_client())
    with pytest.raises(AuthError, match="no way to sign in: pass auth="):
        client.thread.get_available()
    assert service.paths == []


# What a login may be answered


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_login_is_an_auth_error(service, status):
    service.next_logins.append(answer(status, x_request_id="r-1"))
    with pytest.raises(AuthError, match=f"refused the login .{status}.") as caught:
        service.client().thread.get_available()
    assert caught.value.status_code == status
    assert caught.value.request_id == "r-1"
    assert caught.value.operation == "login_with_environment_token"
    assert service.logins == 1


def test_a_redirected_login_is_not_followed(service):
    service.next_logins.append(answer(302, "session=s9", location="https://sso.example/"))
    with pytest.raises(APIStatusError, match="redirects are not followed: check api_server_url"):
        service.client().thread.get_available()
    assert service.paths == [TOKEN_LOGIN]


def test_a_login_that_a_proxy_answers_is_an_error_of_its_status(service):
    page = b"<html>upstream s9 a-token</html>"
    service.next_logins.append(answer(500, content=page, content_type="text/html"))
    with pytest.raises(APIStatusError) as caught:
        service.client(max_retries=0).thread.get_available()
    assert caught.value.status_code == 500
    assert caught.value.body == page
    assert "upstream" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", {}),
        (b"<html>welcome</html>", {"content_type": "text/html"}),
        (b"not gzip", {"content_encoding": "gzip"}),
        (b"x", {"content_encoding": "compress"}),
        (b"x" * 2_000_000, {}),
    ],
    ids=["empty", "html", "broken gzip", "unknown coding", "2 MB"],
)
def test_the_body_of_a_login_does_not_matter(service, content, headers):
    """It is not promised: the session is in the headers."""
    service.next_logins.append(answer(200, service.cookie(), content=content, **headers))
    assert service.client(max_retries=0).thread.get_available() == []
