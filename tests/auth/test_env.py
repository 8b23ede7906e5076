"""The credential that the environment's variables name."""

import pytest

from liminal.auth import SessionId, Token
from liminal.auth._env import credential_from_env
from tests.support.errors import refused

URL = {"LIMINAL_API_SERVER_URL": "https://api.example.com"}
TOKEN = {"LIMINAL_TOKEN": "hush"}
SESSION = {"LIMINAL_SESSION_ID": "hush"}
MICROSOFT = {"LIMINAL_TENANT_ID": "tenant", "LIMINAL_CLIENT_ID": "client"}
CHOICE = "one of LIMINAL_TOKEN, LIMINAL_SESSION_ID, or LIMINAL_TENANT_ID with LIMINAL_CLIENT_ID"


@pytest.mark.parametrize(
    ("environ", "credential"),
    [
        (TOKEN, Token("hush")),
        (SESSION, SessionId("hush")),
        ({"LIMINAL_TOKEN": " hush\n"}, Token("hush")),
        (TOKEN | {"LIMINAL_SESSION_ID": " "}, Token("hush")),
    ],
    ids=["token", "session id", "white space is stripped", "white space alone counts as not set"],
)
def test_the_url_and_the_one_credential_are_returned(environ, credential):
    assert credential_from_env(URL | environ) == ("https://api.example.com", credential)


def test_tenant_and_client_are_a_device_code_sign_in():
    settings = credential_from_env(URL | MICROSOFT)[1]._settings
    assert (settings.tenant_id, settings.client_id) == ("tenant", "client")


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
def test_missing_variables_are_named(environ, missing):
    with refused(f"^Set {missing} in the environment$"):
        credential_from_env(environ)


@pytest.mark.parametrize("other", [SESSION, MICROSOFT, {"LIMINAL_CLIENT_ID": "c"}])
def test_conflicting_variables_are_named_without_their_values(other):
    names = " and ".join(["LIMINAL_TOKEN", *other])
    with refused(f"^{names} are set: keep one way"):
        credential_from_env(URL | TOKEN | other)
