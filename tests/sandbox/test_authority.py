"""The authority for tests: what it answers, and what it refuses."""

import ssl
from pathlib import Path

import httpx
import pytest

from liminal.errors import LiminalError
from liminal.sandbox.authority import Authority

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def oauth(authority):
    context = ssl.create_default_context(cafile=authority.ca_file)
    with httpx.Client(verify=context, base_url=f"{authority.url}/oauth2/v2.0/") as client:
        yield client


def token(oauth, **form):
    return oauth.post("token", data={"client_id": "client", **form})


def refresh(oauth, refresh_token):
    return token(oauth, grant_type="refresh_token", refresh_token=refresh_token)


def sign_in(oauth):
    begun = oauth.post("devicecode", data={"client_id": "client", "scope": "one"}).json()
    answer = token(oauth, grant_type=DEVICE_CODE, device_code=begun["device_code"])
    return answer.json()  # type: ignore[no-any-return]


def test_url_and_ca_file_exist_while_the_server_runs():
    authority = Authority()
    for name in ("url", "ca_file"):
        with pytest.raises(LiminalError, match="not running"):
            getattr(authority, name)
    assert repr(authority) == "<Authority, not running>"
    with authority:
        url, ca_file = authority.url, Path(authority.ca_file)
        assert ca_file.exists()
    assert not ca_file.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_token_is_valid_for_its_lifetime_until_it_is_revoked(authority, oauth):
    answer = sign_in(oauth)
    assert authority.requests == ["devicecode", "token:device_code"]
    assert authority.issued_tokens == [answer["access_token"]]
    assert authority.is_valid(answer["access_token"])
    assert not authority.is_valid("other")
    authority.revoke_tokens()
    assert not authority.is_valid(answer["access_token"])
    assert refresh(oauth, answer["refresh_token"]).json()["error"] == "invalid_grant"
    authority.reset_requests()
    assert authority.requests == []
    authority.token_lifetime = -1
    assert not authority.is_valid(sign_in(oauth)["access_token"])


@pytest.mark.parametrize(("rotate", "status"), [(True, 400), (False, 200)])
def test_a_refresh_token_may_be_used_once_or_for_ever(authority, oauth, rotate, status):
    authority.rotate_refresh_tokens = rotate
    used = sign_in(oauth)["refresh_token"]
    assert [refresh(oauth, used).status_code for _ in range(2)] == [200, status]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": DEVICE_CODE, "device_code": "made up"}, "expired_token"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_client"),
        ({"grant_type": "refresh_token"}, "invalid_grant"),
    ],
)
def test_other_requests_for_a_token_are_refused(oauth, form, error):
    assert token(oauth, **form).json()["error"] == error


def test_a_device_code_is_for_a_client(oauth):
    assert oauth.post("devicecode").json()["error"] == "invalid_request"


def test_an_abandoned_request_uses_up_no_failure(authority, oauth):
    authority.delay = 0.2
    with pytest.raises(httpx.ReadTimeout):
        oauth.post("token", timeout=0.05)
    authority.fail_next("token")
    authority.delay = 0.4
    assert token(oauth).json()["error"] == "temporarily_unavailable"
