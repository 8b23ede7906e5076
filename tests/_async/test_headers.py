"""Headers that a client sends with every request."""

from typing import Any

import httpx
import pytest

from liminal import Client, LiminalError
from liminal.auth import Token
from liminal.sandbox import Sandbox

pytestmark = pytest.mark.anyio

EXTRA = {"X-Team": "letters", "user-agent": "letters/1", "Authorization": "Basic Z2F0ZXdheQ=="}


async def test_they_go_with_every_request_the_login_included(sandbox: Sandbox) -> None:
    async with Client(sandbox.url, auth=Token(sandbox.token), headers=EXTRA) as client:
        await client.prompt.stream(1, "Hello").text()

    paths = [request.path for request in sandbox.requests]
    assert len(paths) == 2
    for request in sandbox.requests:
        headers = httpx.Headers(request.headers)
        assert {name: headers.get_list(name) for name in EXTRA} == {
            name: [value] for name, value in EXTRA.items()
        }


async def test_what_an_operation_says_itself_comes_first(sandbox: Sandbox) -> None:
    async with await Client.authenticate_from_token(
        sandbox.url, sandbox.token, headers={"X-Team": "letters"}
    ) as client:
        other = client.with_options(headers={"x-team": "bills"})
        await other.thread.get_available()
        await client.with_options(headers=None).thread.get_available()

    assert [httpx.Headers(r.headers).get("x-team") for r in sandbox.requests] == [
        "letters",
        "bills",
        None,
    ]


@pytest.mark.parametrize(
    "name", ["Cookie", "HOST", "content-type", "Content-Length", "x-test-automation-api-key"]
)
async def test_what_the_client_says_itself_can_t_be_replaced(name: str) -> None:
    with pytest.raises(LiminalError, match=f"headers can't replace {name}"):
        Client("http://127.0.0.1:9", headers={name: "hunter2"})


@pytest.mark.parametrize(
    "wrong",
    [
        "X-Team: hunter2",
        [("X-Team", "hunter2")],
        {"X Team": "hunter2"},
        {"": "hunter2"},
        {3: "hunter2"},
        {"X-Team": b"hunter2"},
        {"X-Team": "hunter2\r\nCookie: a"},
        {"X-Team": " hunter2"},
        {"X-Team": "hunter2ä"},
    ],
)
async def test_what_can_be_no_headers_is_refused_and_not_shown(wrong: Any) -> None:
    with pytest.raises(LiminalError, match="headers must") as caught:
        Client("http://127.0.0.1:9", headers=wrong)
    assert "hunter2" not in str(caught.value)
