"""A session is a secret: it goes to its own server for its own client, and shows nowhere."""

import pickle
import traceback
from functools import partial

import httpx
import pytest

from liminal.auth import SessionId, Token
from liminal.errors import LiminalError
from liminal.sandbox import Sandbox
from tests._sync.waiting import until
from tests.faults.variants import Variant
from tests.support.providers import GivenToken
from tests.support.service import Service

from .caller import Caller, errors

SECRET = "secret-session"


@pytest.fixture
def caller(sdk: Variant, service: Service) -> Caller:
    """Give a caller that has a session of which every trace can be found."""
    service.good.add(SECRET)
    return Caller(sdk, service, SessionId(SECRET), max_retries=0)


def test_a_session_id_can_be_read_but_is_not_shown(caller):
    client = caller.client
    runner = client.api.runner
    assert client.session_id == SECRET
    caller.call()
    whole = (client, client.api, runner, runner.session, runner.session.snapshot)
    shown = (client.thread, client.prompt.stream(1, "x"), vars(client), vars(runner))
    for part in (*whole, *shown, runner.credential):
        assert SECRET not in repr(part) + str(part)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadError(SECRET),
        httpx.RemoteProtocolError(SECRET),
        httpx.LocalProtocolError(f"Illegal header value b'session={SECRET}'"),
    ],
    ids=["lost", "broken", "illegal"],
)
def test_no_error_shows_what_a_transport_says_of_it(caller, service, failure):
    service.next_answers.append(failure)
    with pytest.raises(LiminalError) as caught:
        caller.call()
    assert SECRET.encode() not in pickle.dumps(caught.value)
    error: BaseException | None = caught.value
    while error is not None:  # what a log, a debugger or a crash reporter would show
        told = "".join(traceback.format_exception_only(error))
        assert SECRET not in f"{told} {error!r} {error.args} {vars(error)}"
        error = error.__cause__ or error.__context__


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


def test_two_clients_with_the_same_session_id_renew_it_each_for_itself(sdk, sandbox):
    pool = sdk.user_client(httpx)
    auth = SessionId(sandbox.create_session())
    clients = [sdk.client(sandbox.url, auth=auth, httpx_client=pool) for _ in range(2)]
    for client in clients:
        sdk.run(client.thread.get_available)
    assert len({auth.value, *(client.session_id for client in clients)}) == 3


@pytest.mark.parametrize("sdk", ["asyncio", "trio"], indirect=True)
def test_a_pool_of_one_connection_is_enough_to_renew_for_many(sdk, sandbox):
    """Not so in threads: httpcore's pool closes connections in use (encode/httpcore #1110)."""
    pool = sdk.user_client(httpx, limits=httpx.Limits(max_connections=1))
    token = Token(sandbox.token)
    client = sdk.client(sandbox.url, auth=token, httpx_client=pool, timeout=5)
    for _ in range(3):
        sandbox.expire_sessions()
        calls = [sdk.start(client.thread.get_available) for _ in range(10)]
        assert errors(calls) == [None] * 10
    assert sandbox.logins == 3
