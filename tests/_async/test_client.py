"""The client as an object: opened, closed, shown, given other options and headers."""

import httpx
import pytest

from liminal import Client, LiminalError
from liminal.auth import Token

from .waiting import settle, until


def is_too_large():
    return pytest.raises(LiminalError, match="larger than 10 bytes")


async def test_a_client_signs_in_at_its_first_call_and_keeps_its_connection(client, sandbox):
    assert (client.session_id, sandbox.requests) == (None, [])
    for _ in range(5):
        await client.thread.get_available()
    assert client.session_id is not None
    assert (sandbox.logins, sandbox.connections) == (1, 1)


async def test_a_failed_sign_in_leaves_no_connection(sandbox):
    with pytest.raises(LiminalError):
        await Client.authenticate_from_token(sandbox.url, "another-token")
    await until(lambda: sandbox.connections == 0)
    await settle()


async def test_class_methods_take_the_options_of_the_class(sandbox):
    async with await Client.authenticate_from_token(
        sandbox.url, sandbox.token, max_body_bytes=10
    ) as client:
        with is_too_large():
            await client.thread.get_available()


# Closing


@pytest.mark.parametrize("error", [None, ZeroDivisionError])
async def test_a_context_manager_closes_the_connections_and_keeps_the_session(sandbox, error):
    async def use() -> None:
        async with client:
            await client.thread.get_available()
            assert sandbox.connections == 1
            if error is not None:
                raise error

    client = Client(sandbox.url, auth=Token(sandbox.token))
    if error is None:
        await use()
    else:
        with pytest.raises(error):
            await use()
    await until(lambda: sandbox.connections == 0)
    assert client.session_id is not None


async def test_an_unused_client_can_be_closed_more_than_once():
    client = Client("http://127.0.0.1:9")
    await client.close()
    await client.close()


async def test_closing_a_copy_closes_both_clients(client):
    await client.with_options(timeout=5).close()
    with pytest.raises(LiminalError, match="this client was closed"):
        await client.thread.get_available()


# Options


async def test_with_options_changes_the_copy_alone_and_keeps_the_other_options(client):
    assert await client.thread.get_available()
    narrow = client.with_options(max_body_bytes=10).with_options(max_retries=0)
    with is_too_large():
        await narrow.thread.get_available()
    assert await client.thread.get_available()


async def test_with_options_shares_session_and_connections(client, sandbox):
    other = client.with_options(timeout=5)
    await client.thread.get_available()
    await other.thread.get_available()
    assert (sandbox.logins, sandbox.connections) == (1, 1)
    assert other.session_id == client.session_id


async def test_with_options_of_a_subclass_returns_the_subclass(sandbox):
    class Ours(Client):
        pass

    async with Ours(sandbox.url) as client:
        assert type(client.with_options(timeout=5)) is Ours


async def test_a_repr_shows_the_address(client, sandbox):
    assert repr(client) == f"{type(client).__name__}({sandbox.url!r})"


# Headers of its own

EXTRA = {"X-Team": "letters", "user-agent": "letters/1", "Authorization": "Basic Z2F0ZXdheQ=="}


async def test_extra_headers_go_with_every_request_the_login_included(sandbox):
    async with Client(sandbox.url, auth=Token(sandbox.token), headers=EXTRA) as client:
        await client.prompt.stream(1, "Hello").text()

    assert len(sandbox.requests) == 2
    for request in sandbox.requests:
        headers = httpx.Headers(request.headers)
        assert {name: headers.get_list(name) for name in EXTRA} == {
            name: [value] for name, value in EXTRA.items()
        }


async def test_the_headers_of_with_options_replace_those_before(sandbox):
    async with await Client.authenticate_from_token(
        sandbox.url, sandbox.token, headers={"X-Team": "letters"}
    ) as client:
        other = client.with_options(headers={"x-team": "bills"})
        await other.thread.get_available()
        await client.with_options(headers=None).thread.get_available()

    teams = [httpx.Headers(request.headers).get("x-team") for request in sandbox.requests]
    assert teams == ["letters", "bills", None]


async def test_wrong_headers_are_refused_when_they_are_given(client):
    with pytest.raises(LiminalError, match="headers can't replace Cookie"):
        client.with_options(headers={"Cookie": "hunter2"})
    with pytest.raises(LiminalError, match="headers must"):
        Client("http://127.0.0.1:9", headers={"X-Team": " hunter2"})
