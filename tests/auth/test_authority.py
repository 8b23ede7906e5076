"""The authority for tests: what it answers, and what it refuses."""

from __future__ import annotations

import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from liminal.errors import LiminalError
from liminal.sandbox.authority import Authority

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def client(authority):
    context = ssl.create_default_context(cafile=authority.ca_file)
    with httpx.Client(verify=context, base_url=f"{authority.url}/oauth2/v2.0/") as client:
        yield client


def token(client, **form):
    return client.post("token", data={"client_id": "client", **form})


def sign_in(client, **form):
    begun = client.post("devicecode", data={"client_id": "client", "scope": "one"}).json()
    return token(client, grant_type=DEVICE_CODE, device_code=begun["device_code"])


def test_it_serves_only_while_it_is_used():
    with Authority() as authority:
        ca_file = Path(authority.ca_file)
        assert ca_file.exists()
        url = authority.url
    assert not ca_file.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


@pytest.mark.anyio
async def test_it_serves_in_an_async_with_block_too():
    async with Authority() as authority:
        assert authority.url.startswith("https://localhost:")


def test_its_thread_ends_with_it():
    before = threading.active_count()
    with Authority():
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_it_ends_at_once_while_somebody_waits_for_an_answer():
    with Authority(delay=60) as authority:
        client = httpx.Client(verify=ssl.create_default_context(cafile=authority.ca_file))
        with ThreadPoolExecutor() as pool, client:
            waiting = pool.submit(client.post, f"{authority.url}/oauth2/v2.0/token")
            while not authority.requests:
                time.sleep(0.001)
            authority.stop()
            assert isinstance(waiting.exception(), httpx.TransportError)


def test_it_cannot_be_started_twice(authority):
    with pytest.raises(LiminalError, match="already running"):
        authority.start()


@pytest.mark.parametrize("name", ["url", "ca_file"])
def test_before_its_start_it_has_no_address(name):
    authority = Authority()
    with pytest.raises(LiminalError, match="not running"):
        getattr(authority, name)
    assert repr(authority) == "<Authority, not running>"


def test_stopping_twice_is_no_harm():
    authority = Authority().start()
    authority.stop()
    authority.stop()


def test_its_tokens_are_valid(authority, client):
    access_token = sign_in(client).json()["access_token"]
    assert authority.is_valid(access_token)
    assert authority.issued_tokens == [access_token]


def test_other_tokens_are_not_valid(authority):
    assert not authority.is_valid("other")


def test_a_token_ends(authority, client):
    authority.token_lifetime = -1
    assert not authority.is_valid(sign_in(client).json()["access_token"])


def test_revoked_tokens_are_refused(authority, client):
    answer = sign_in(client).json()
    authority.revoke_tokens()
    assert not authority.is_valid(answer["access_token"])
    refused = token(client, grant_type="refresh_token", refresh_token=answer["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("rotate", "status"), [(True, 400), (False, 200)])
def test_a_refresh_token_is_good_once_or_for_ever(authority, client, rotate, status):
    authority.rotate_refresh_tokens = rotate
    used = sign_in(client).json()["refresh_token"]
    assert token(client, grant_type="refresh_token", refresh_token=used).status_code == 200
    assert token(client, grant_type="refresh_token", refresh_token=used).status_code == status


@pytest.mark.parametrize(
    ("sign_in_as", "error"),
    [
        ("pending", "authorization_pending"),
        ("declined", "authorization_declined"),
        ("expired", "expired_token"),
    ],
)
def test_the_person_may_do_otherwise(authority, client, sign_in_as, error):
    authority.sign_in = sign_in_as
    assert sign_in(client).json()["error"] == error


def test_a_device_code_that_was_never_issued_has_expired(client):
    answer = token(client, grant_type=DEVICE_CODE, device_code="made up")
    assert answer.json()["error"] == "expired_token"


def test_a_device_code_ends(authority, client):
    authority.code_lifetime = -1
    assert sign_in(client).json()["error"] == "expired_token"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_client"),
        ({"grant_type": "refresh_token"}, "invalid_grant"),
    ],
)
def test_other_ways_to_a_token_are_refused(client, form, error):
    assert token(client, **form).json()["error"] == error


def test_a_device_code_is_for_a_client(client):
    assert client.post("devicecode").json()["error"] == "invalid_request"


def test_a_failure_is_given_as_often_as_it_was_set(authority, client):
    authority.fail_next("devicecode", status=503, times=2, headers={"Retry-After": "7"})
    answers = [client.post("devicecode", data={"client_id": "client"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "7"


def test_a_failure_of_one_endpoint_leaves_the_others(authority, client):
    authority.fail_next("openid-configuration")
    assert sign_in(client).status_code == 200


def test_requests_are_named_by_endpoint_and_grant(authority, client):
    sign_in(client)
    assert authority.requests == ["devicecode", "token:device_code"]
    authority.reset_requests()
    assert authority.requests == []
