# Derived from tests/_async/test_headers.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Headers that a client sends with every request."""

import httpx
import pytest

from liminal import LiminalError, SyncClient
from liminal.auth import Token

EXTRA = {"X-Team": "letters", "user-agent": "letters/1", "Authorization": "Basic Z2F0ZXdheQ=="}


def test_they_go_with_every_request_the_login_included(sandbox):
    with SyncClient(sandbox.url, auth=Token(sandbox.token), headers=EXTRA) as client:
        client.prompt.stream(1, "Hello").text()

    assert len(sandbox.requests) == 2
    for request in sandbox.requests:
        headers = httpx.Headers(request.headers)
        assert {name: headers.get_list(name) for name in EXTRA} == {
            name: [value] for name, value in EXTRA.items()
        }


def test_those_of_with_options_come_first(sandbox):
    with SyncClient.authenticate_from_token(
        sandbox.url, sandbox.token, headers={"X-Team": "letters"}
    ) as client:
        other = client.with_options(headers={"x-team": "bills"})
        other.thread.get_available()
        client.with_options(headers=None).thread.get_available()

    teams = [httpx.Headers(request.headers).get("x-team") for request in sandbox.requests]
    assert teams == ["letters", "bills", None]


def test_wrong_ones_are_refused_when_they_are_given(client):
    with pytest.raises(LiminalError, match="headers can't replace Cookie"):
        client.with_options(headers={"Cookie": "hunter2"})
    with pytest.raises(LiminalError, match="headers must"):
        SyncClient("http://127.0.0.1:9", headers={"X-Team": " hunter2"})
