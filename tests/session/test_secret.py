"""A session is a secret: it goes to its own server for its own client, and shows nowhere."""

import copy
import logging
import pickle
import traceback
from functools import partial

import httpx
import pytest

from liminal.auth import SessionId, Token
from liminal.errors import LiminalError
from liminal.sandbox import Sandbox
from tests.faults.variants import Variant
from tests.support.providers import GivenToken
from tests.support.service import MODELS, Service, answer

from .caller import Caller, errors, until

SECRET = "secret-session"


@pytest.fixture
def caller(sdk: Variant, service: Service) -> Caller:
    """Give a caller that has a session of which every trace can be found."""
    service.good.add(SECRET)
    return Caller(sdk, service, SessionId(SECRET), max_retries=0)


def test_it_can_be_read_but_neither_shown_nor_pickled_nor_copied(caller):
    caller.call()
    client = caller.client
    runner = client.api.runner
    assert client.session_id == SECRET
    whole = (client, client.api, runner, runner.session, runner.session.snapshot)
    shown = (client.thread, client.prompt.stream(1, "x"), vars(client), vars(runner))
    for part in (*whole, *shown, runner.credential):
        assert SECRET not in repr(part) + str(part)
    for part in whole:
        with pytest.raises((LiminalError, TypeError, AttributeError)) as caught:
            pickle.dumps(part)
        assert SECRET not in str(caught.value)
    for copied in (copy.copy, copy.deepcopy):
        with pytest.raises(LiminalError) as refused:
            copied(client)
        assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "failure",
    [
        lambda: answer(401, "session=secret-session-2"),
        lambda: answer(403, "session=secret-session-2", content=b"secret-session"),
        lambda: answer(500, "session=secret-session-2", x_echo="fine", content=b"secret-session"),
        lambda: answer(429, "session=secret-session-2", retry_after="999"),
        lambda: answer(200, "session=secret-session-2", content=b"secret-session is no JSON"),
        lambda: httpx.ReadError("secret-session"),
        lambda: httpx.LocalProtocolError("Illegal header value b'session=secret-session'"),
        lambda: httpx.RemoteProtocolError("secret-session"),
    ],
    ids=["401", "403", "500", "429", "no JSON", "lost", "illegal", "broken"],
)
def test_no_error_tells_it(caller, service, failure):
    service.next_answers.append(failure())
    service.next_logins.append(failure())
    with pytest.raises(LiminalError) as caught:
        caller.call()
    assert SECRET.encode() not in pickle.dumps(caught.value)
    error: BaseException | None = caught.value
    while error is not None:  # what a log, a debugger or a crash reporter would show
        told = "".join(traceback.format_exception_only(error)) + repr(error) + repr(error.args)
        told += repr([value for name, value in vars(error).items() if name != "body"])
        assert SECRET not in told
        error = error.__cause__ or error.__context__


def test_no_log_tells_it(sdk, caplog):
    """With every logger at DEBUG, httpx's and httpcore's too: signing in, rolling, ending."""
    told: list[str] = []
    with caplog.at_level(logging.DEBUG), Sandbox(token="secret-token") as sandbox:
        client = sdk.client(sandbox.url, auth=Token("secret-token"))
        client.on_session_change(told.append)
        sdk.run(client.thread.get_available)
        sandbox.expire_sessions()
        assert errors(sdk.start(client.thread.get_available) for _ in range(5)) == [None] * 5
        sandbox.fail_next(403, path="*/login")
        sandbox.expire_sessions()
        with pytest.raises(LiminalError):
            sdk.run(client.thread.get_available)
    logged = "".join(
        record.getMessage() + repr(record.args) + (record.exc_text or "")
        for record in caplog.records
    )
    assert len(told) > 2
    assert "liminal" in {record.name.partition(".")[0] for record in caplog.records}
    assert [secret for secret in (*told, "secret-token") if secret in logged] == []


# Clients over one pool


def test_two_identities_over_one_pool_never_send_each_other_s_session(sdk):
    """Each sees its own threads alone, however their calls and renewals interleave."""
    pool, names = sdk.user_client(httpx), ("ada", "bob")
    with Sandbox(accept_provider_token=lambda token: token) as sandbox:
        ada, bob = clients = [
            sdk.client(sandbox.url, auth=GivenToken(name), httpx_client=pool) for name in names
        ]
        told: list[str] = []
        ada.on_session_change(told.append)
        sdk.run(bob.thread.get_available)
        assert (told, ada.session_id) == ([], None)
        calls = [
            sdk.start(partial(client.thread.create, 1, name))
            for _ in range(20)
            for client, name in zip(clients, names, strict=True)
        ]
        until(lambda: sandbox.threads_created >= 20)
        sandbox.expire_sessions()
        assert errors(calls) == [None] * 40
        assert sandbox.logins <= 4
        for client, name in zip(clients, names, strict=True):
            threads = sdk.run(client.thread.get_available)
            assert [thread.name for thread in threads] == [name] * 20
        assert dict(pool.cookies) == {}


def test_two_clients_with_the_same_session_id_renew_it_each_for_itself(sdk):
    pool = sdk.user_client(httpx)
    with Sandbox() as sandbox:
        auth = SessionId(sandbox.create_session())
        clients = [sdk.client(sandbox.url, auth=auth, httpx_client=pool) for _ in range(2)]
        for client in clients:
            sdk.run(client.thread.get_available)
        assert len({auth.value, *(client.session_id for client in clients)}) == 3


def test_the_pool_s_own_requests_and_cookies_are_apart_from_our_session(sdk):
    pool = sdk.user_client(httpx)
    with Sandbox() as sandbox, Sandbox() as another:
        client = sdk.client(sandbox.url, auth=Token(sandbox.token), httpx_client=pool)
        pool.cookies.set("session", "stale", domain="127.0.0.1")
        sdk.run(client.thread.get_available)
        assert "cookie" not in sandbox.requests[0].headers
        assert "stale" not in sandbox.requests[1].headers["cookie"]
        assert pool.cookies["session"] == "stale"
        pool.cookies.clear()
        for url in (sandbox.url, another.url):
            answered = sdk.run(partial(pool.get, f"{url}{MODELS}"))
            assert answered.status_code == 401
        assert "cookie" not in another.requests[-1].headers


@pytest.mark.parametrize("count", [1, 10])
def test_a_pool_of_one_connection_is_enough_to_renew(sdk, count):
    """The 401's connection must be free for the login, which would wait for it in vain."""
    if sdk.name == "blocking":
        count = 1  # httpcore's pool closes connections in use by threads (encode/httpcore #1110)
    pool = sdk.user_client(httpx, limits=httpx.Limits(max_connections=1))
    with Sandbox() as sandbox:
        token = Token(sandbox.token)
        client = sdk.client(sandbox.url, auth=token, httpx_client=pool, timeout=5)
        for _ in range(3):
            sandbox.expire_sessions()
            calls = [sdk.start(client.thread.get_available) for _ in range(count)]
            assert errors(calls) == [None] * count
        assert sandbox.logins == 3
