"""The way in that the environment names."""

from __future__ import annotations

import pytest

from liminal.auth import SessionId, Token
from liminal.auth._env import credential_from_env
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.errors import AuthError

URL = {"LIMINAL_API_SERVER_URL": "https://api.example.com"}
TOKEN = {"LIMINAL_TOKEN": "hush"}
SESSION = {"LIMINAL_SESSION_ID": "hush"}
MICROSOFT = {"LIMINAL_TENANT_ID": "tenant", "LIMINAL_CLIENT_ID": "client"}
CHOICE = "one of LIMINAL_TOKEN, LIMINAL_SESSION_ID, or LIMINAL_TENANT_ID with LIMINAL_CLIENT_ID"


def test_the_url_is_taken_as_it_is():
    assert credential_from_env(URL | TOKEN)[0] == "https://api.example.com"


def test_a_token_is_the_way_in():
    assert credential_from_env(URL | TOKEN)[1] == Token("hush")


def test_a_session_id_is_the_way_in():
    assert credential_from_env(URL | SESSION)[1] == SessionId("hush")


def test_tenant_and_client_are_the_way_in():
    assert isinstance(credential_from_env(URL | MICROSOFT)[1], DeviceCodeFlowProvider)


def test_white_space_around_a_value_is_no_part_of_it():
    assert credential_from_env(URL | {"LIMINAL_TOKEN": " hush\n"})[1] == Token("hush")


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, f"LIMINAL_API_SERVER_URL and {CHOICE}"),
        (URL, CHOICE),
        (TOKEN, "LIMINAL_API_SERVER_URL"),
        (URL | {"LIMINAL_TENANT_ID": "t"}, "LIMINAL_CLIENT_ID"),
        (URL | {"LIMINAL_CLIENT_ID": "c"}, "LIMINAL_TENANT_ID"),
        ({"LIMINAL_CLIENT_ID": "c"}, "LIMINAL_API_SERVER_URL and LIMINAL_TENANT_ID"),
        (URL | {"LIMINAL_TOKEN": " "}, CHOICE),
    ],
)
def test_what_is_missing_is_named(environ, missing):
    with pytest.raises(AuthError) as caught:
        credential_from_env(environ)
    assert str(caught.value) == f"Set {missing} in the environment"


@pytest.mark.parametrize("other", [SESSION, MICROSOFT, {"LIMINAL_CLIENT_ID": "c"}])
def test_two_ways_in_clash_and_are_named(other):
    with pytest.raises(AuthError) as caught:
        credential_from_env(URL | TOKEN | other)
    names = " and ".join(["LIMINAL_TOKEN", *other])
    assert str(caught.value).startswith(f"{names} are set: keep one way")


@pytest.mark.parametrize("environ", [TOKEN, TOKEN | SESSION, URL | {"LIMINAL_TOKEN": "hush hush"}])
def test_no_value_is_in_the_error(environ):
    with pytest.raises(AuthError) as caught:
        credential_from_env(environ)
    assert "hush" not in str(caught.value)
