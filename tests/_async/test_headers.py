"""Headers that a client sends with every request."""

import httpx
import pytest

from liminal import Client, LiminalError
from liminal.auth import Token

pytestmark = pytest.mark.anyio

EXTRA = {"X-Team": "letters", "user-agent": "letters/1", "Authorization": "Basic Z2F0ZXdheQ=="}


async def test_they_go_with_every_request_the_login_included(sandbox):
    async with Client(sandbox.url, auth=Token(sandbox.token), headers=EXTRA) as client:
        await client.prompt.stream(1, "Hello").text()

    assert len(sandbox.requests) == 2
    for request in sandbox.requests:
        headers = httpx.Headers(request.headers)
        assert {name: headers.get_list(name) for name in EXTRA} == {
            name: [value] for name, value in EXTRA.items()
        }


async def test_those_of_with_options_come_first(sandbox):
    async with await Client.authenticate_from_token(
        sandbox.url, sandbox.token, headers={"X-Team": "letters"}
    ) as client:
        other = client.with_options(headers={"x-team": "bills"})
        await other.thread.get_available()
        await client.with_options(headers=None).thread.get_available()

    teams = [httpx.Headers(request.headers).get("x-team") for request in sandbox.requests]
    assert teams == ["letters", "bills", None]


async def test_wrong_ones_are_refused_when_they_are_given(client):
    with pytest.raises(LiminalError, match="headers can't replace Cookie"):
        client.with_options(headers={"Cookie": "hunter2"})
    with pytest.raises(LiminalError, match="headers must"):
        Client("http://127.0.0.1:9", headers={"X-Team": " hunter2"})
