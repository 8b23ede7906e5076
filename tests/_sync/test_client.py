# Derived from tests/_async/test_client.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The client as an object: opened, closed, shown, given other options and headers."""

import httpx
import pytest

from liminal import LiminalError, SyncClient
from liminal.auth import Token

from .waiting import settle, until


def is_too_large():
    return pytest.raises(LiminalError, match="larger than 10 bytes")


def test_a_client_signs_in_at_its_first_call_and_keeps_its_connection(client, sandbox):
    assert (client.session_id, sandbox.requests) == (None, [])
    for _ in range(5):
        client.thread.get_available()
    assert client.session_id is not None
    assert (sandbox.logins, sandbox.connections) == (1, 1)


def test_a_failed_sign_in_leaves_no_connection(sandbox):
    with pytest.raises(LiminalError):
        SyncClient.authenticate_from_token(sandbox.url, "another-token")
    until(lambda: sandbox.connections == 0)
    settle()


def test_class_methods_take_the_options_of_the_class(sandbox):
    with SyncClient.authenticate_from_token(
        sandbox.url, sandbox.token, max_body_bytes=10
    ) as client:
        with is_too_large():
            client.thread.get_available()


# Closing


@pytest.mark.parametrize("error", [None, ZeroDivisionError])
def test_a_context_manager_closes_the_connections_and_keeps_the_session(sandbox, error):
    def use() -> None:
        with client:
            client.thread.get_available()
            assert sandbox.connections == 1
            if error is not None:
                raise error

    client = SyncClient(sandbox.url, auth=Token(sandbox.token))
    if error is None:
        use()
    else:
        with pytest.raises(error):
            use()
    until(lambda: sandbox.connections == 0)
    assert client.session_id is not None


def test_an_unused_client_can_be_closed_more_than_once():
    client = SyncClient("http://127.0.0.1:9")
    client.close()
    client.close()


def test_closing_a_copy_closes_both_clients(client):
    client.with_options(timeout=5).close()
    with pytest.raises(LiminalError, match="this client was closed"):
        client.thread.get_available()


# Options


def test_with_options_changes_the_copy_alone_and_keeps_the_other_options(client):
    assert client.thread.get_available()
    narrow = client.with_options(max_body_bytes=10).with_options(max_retries=0)
    with is_too_large():
        narrow.thread.get_available()
    assert client.thread.get_available()


def test_with_options_shares_session_and_connections(client, sandbox):
    other = client.with_options(timeout=5)
    client.thread.get_available()
    other.thread.get_available()
    assert (sandbox.logins, sandbox.connections) == (1, 1)
    assert other.session_id == client.session_id


def test_with_options_of_a_subclass_returns_the_subclass(sandbox):
    class Ours(SyncClient):
        pass

    with Ours(sandbox.url) as client:
        assert type(client.with_options(timeout=5)) is Ours


def test_a_repr_shows_the_address(client, sandbox):
    assert repr(client) == f"{type(client).__name__}({sandbox.url!r})"


# Headers of its own

EXTRA = {"X-Team": "letters", "user-agent": "letters/1", "Authorization": "Basic Z2F0ZXdheQ=="}


def test_extra_headers_go_with_every_request_the_login_included(sandbox):
    with SyncClient(sandbox.url, auth=Token(sandbox.token), headers=EXTRA) as client:
        client.prompt.stream(1, "Hello").text()

    assert len(sandbox.requests) == 2
    for request in sandbox.requests:
        headers = httpx.Headers(request.headers)
        assert {name: headers.get_list(name) for name in EXTRA} == {
            name: [value] for name, value in EXTRA.items()
        }


def test_the_headers_of_with_options_replace_those_before(sandbox):
    with SyncClient.authenticate_from_token(
        sandbox.url, sandbox.token, headers={"X-Team": "letters"}
    ) as client:
        other = client.with_options(headers={"x-team": "bills"})
        other.thread.get_available()
        client.with_options(headers=None).thread.get_available()

    teams = [httpx.Headers(request.headers).get("x-team") for request in sandbox.requests]
    assert teams == ["letters", "bills", None]


def test_wrong_headers_are_refused_when_they_are_given(client):
    with pytest.raises(LiminalError, match="headers can't replace Cookie"):
        client.with_options(headers={"Cookie": "hunter2"})
    with pytest.raises(LiminalError, match="headers must"):
        SyncClient("http://127.0.0.1:9", headers={"X-Team": " hunter2"})
