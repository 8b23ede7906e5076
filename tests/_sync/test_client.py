# Derived from tests/_async/test_client.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The client as an object: opened, closed, shown, given other options, used from several loops."""

import copy
import pickle

import pytest

from liminal import LiminalError, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests.support.tasks import ThreadGroup

from .waiting import settle, until


def test_a_client_made_by_hand_signs_in_at_its_first_call(sandbox: Sandbox) -> None:
    with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        assert (client.session_id, sandbox.requests) == (None, [])
        client.thread.get_available()
        assert (client.session_id is not None, sandbox.logins) == (True, 1)


def test_a_client_from_a_token_has_signed_in(sandbox: Sandbox) -> None:
    with SyncClient.authenticate_from_token(
        sandbox.url, sandbox.token, max_body_bytes=10
    ) as client:
        assert client.session_id is not None
        with pytest.raises(LiminalError, match="larger than 10 bytes"):
            client.thread.get_available()
    assert sandbox.logins == 1


def test_a_client_from_a_session_id_has_found_it_good(sandbox: Sandbox) -> None:
    session_id = sandbox.create_session()
    with SyncClient.authenticate_from_session_id(sandbox.url, session_id) as client:
        assert client.session_id not in {None, session_id}
    assert (sandbox.logins, sandbox.renewals) == (0, 1)


def test_a_failed_sign_in_leaves_no_connection(sandbox: Sandbox) -> None:
    with pytest.raises(LiminalError):
        SyncClient.authenticate_from_token(sandbox.url, "another-token")
    until(lambda: sandbox.connections == 0)
    settle()


def test_a_client_serves_many_at_a_time_with_one_sign_in_and_keeps_its_connections(
    client: SyncClient, sandbox: Sandbox
) -> None:
    for _ in range(5):
        client.thread.get_available()
    assert sandbox.connections == 1
    sandbox.expire_sessions()
    with ThreadGroup() as tasks:
        outcomes = [tasks.start(client.thread.get_available) for _ in range(20)]
    assert [outcome.error for outcome in outcomes] == [None] * 20
    assert sandbox.logins == 2


# ---- closing


def test_a_context_manager_closes_the_connections_after_an_error_too(
    sandbox: Sandbox,
) -> None:
    def fail() -> None:
        with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
            client.thread.get_available()
            assert sandbox.connections == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    until(lambda: sandbox.connections == 0)


def test_a_call_after_close_says_so(client: SyncClient, sandbox: Sandbox) -> None:
    client.thread.get_available()
    client.close()
    client.close()
    for call in (
        client.thread.get_available,
        client.prompt.stream(1, "hello").text,
        lambda: client.prompt.analyze(1, "hello"),
        client.with_options(timeout=5).thread.get_available,
    ):
        with pytest.raises(LiminalError, match="this client was closed"):
            call()
    assert len(sandbox.requests) == 2
    assert client.session_id is not None


def test_to_close_an_unused_client_is_no_harm() -> None:
    SyncClient("http://127.0.0.1:9").close()


def test_to_close_during_a_call_ends_the_call_in_an_error_of_ours(
    client: SyncClient, sandbox: Sandbox
) -> None:
    client.thread.get_available()
    sandbox.answer_delay = 1.0
    before = len(sandbox.requests)
    with ThreadGroup() as tasks:
        outcome = tasks.start(client.thread.get_available)
        until(lambda: len(sandbox.requests) > before)
        client.close()
        sandbox.answer_delay = 0.0
    assert isinstance(outcome.error, LiminalError)


# ---- options


def test_with_options_changes_the_copy_alone_and_keeps_the_others(client: SyncClient) -> None:
    narrow = client.with_options(max_body_bytes=10).with_options(max_retries=0)
    assert client.thread.get_available()
    with pytest.raises(LiminalError, match="larger than 10 bytes"):
        narrow.thread.get_available()
    assert client.thread.get_available()


def test_with_options_shares_session_connections_and_their_end(
    client: SyncClient, sandbox: Sandbox
) -> None:
    other = client.with_options(timeout=5)
    client.thread.get_available()
    other.thread.get_available()
    assert (sandbox.logins, sandbox.connections) == (1, 1)
    assert other.session_id == client.session_id
    other.close()
    with pytest.raises(LiminalError, match="this client was closed"):
        client.thread.get_available()


def test_with_options_of_a_subclass_is_of_the_subclass(sandbox: Sandbox) -> None:
    class Ours(SyncClient):
        pass

    with Ours(sandbox.url) as client:
        assert type(client.with_options(timeout=5)) is Ours


def test_with_options_checks_names_and_values(client: SyncClient) -> None:
    with pytest.raises(LiminalError, match="no such option: retries; there are deadline, "):
        client.with_options(retries=5)
    with pytest.raises(LiminalError, match="timeout must be a positive number"):
        client.with_options(timeout=-1)


# ---- shown and copied


def test_a_repr_shows_the_address_and_no_secret(client: SyncClient, sandbox: Sandbox) -> None:
    client.thread.get_available()
    kind = SyncClient.__name__
    assert repr(client) == f"{kind}({sandbox.url!r})"
    others = (client.api, client.prompt, client.prompt.stream(1, "x"))
    shown = repr((client, *others))
    assert sandbox.token not in shown
    assert client.session_id is not None
    assert client.session_id not in shown


def test_a_client_can_t_be_pickled_or_copied(client: SyncClient) -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(LiminalError, match="can't be pickled"):
            attempt(client)
