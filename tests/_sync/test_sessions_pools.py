# Derived from tests/_async/test_sessions_pools.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Sessions and connections: two identities over one pool, a pool of one, a thousand calls."""

from collections.abc import Iterator

import httpx
import pytest

from liminal import SyncClient
from liminal.auth import AuthProvider, SessionId, Token
from liminal.sandbox import Sandbox
from tests.support.tasks import ThreadGroup
from tests.support.tls import NO_TLS

from .session_service import THREADS, TOKEN_LOGIN, Service, in_renewal
from .waiting import until


class Person(AuthProvider):
    """Somebody with a token of their own."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_access_token_sync(self) -> str:
        return self._token


@pytest.fixture
def user_client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, verify=NO_TLS) as user_client:
        yield user_client


# Two clients, one pool


def test_two_identities_over_one_pool_never_send_each_other_s_session(
    user_client: httpx.Client,
) -> None:
    """Each sees its own threads alone, however their calls and renewals interleave."""
    with Sandbox(accept_provider_token=lambda token: token) as sandbox:
        ada, bob = (
            SyncClient(sandbox.url, auth=Person(name), httpx_client=user_client)
            for name in ("ada", "bob")
        )

        def create(client: SyncClient, name: str) -> None:
            for number in range(10):
                client.thread.create(1, f"{name}{number}")

        with ThreadGroup() as tasks:
            steps = [
                tasks.start(lambda: create(ada, "ada")),
                tasks.start(lambda: create(bob, "bob")),
                tasks.start(lambda: create(ada, "ada")),
                tasks.start(lambda: create(bob, "bob")),
            ]
            until(lambda: sandbox.threads_created >= 20)
            sandbox.expire_sessions()
        assert [step.error for step in steps] == [None] * 4
        assert sandbox.logins <= 4
        for client, name in ((ada, "ada"), (bob, "bob")):
            names = {thread.name for thread in client.thread.get_available()}
            assert names == {f"{name}{number}" for number in range(10)}
        assert dict(user_client.cookies) == {}


def test_one_identity_s_callback_is_not_told_the_other_s_session(
    user_client: httpx.Client,
) -> None:
    with Sandbox(accept_provider_token=lambda token: token) as sandbox:
        ada, bob = (
            SyncClient(sandbox.url, auth=Person(name), httpx_client=user_client)
            for name in ("ada", "bob")
        )
        told: list[str] = []
        ada.on_session_change(told.append)
        bob.thread.get_available()
        assert (told, ada.session_id) == ([], None)


def test_the_pool_s_owner_can_call_the_same_server_without_our_session(
    user_client: httpx.Client,
) -> None:
    with Sandbox() as sandbox, Sandbox() as another:
        client = SyncClient(sandbox.url, auth=Token(sandbox.token), httpx_client=user_client)
        client.thread.get_available()
        for url in (sandbox.url, another.url):
            answered = user_client.get(f"{url}/api/v1/threads?source=sdk")
            assert answered.status_code == 401
        assert "cookie" not in another.requests[-1].headers


def test_a_session_that_somebody_put_into_the_pool_s_jar_is_not_sent(
    user_client: httpx.Client,
) -> None:
    with Sandbox() as sandbox:
        user_client.cookies.set("session", "stale", domain="127.0.0.1")
        client = SyncClient(sandbox.url, auth=Token(sandbox.token), httpx_client=user_client)
        client.thread.get_available()
        assert "cookie" not in sandbox.requests[0].headers
        assert "stale" not in sandbox.requests[1].headers["cookie"]
        assert user_client.cookies["session"] == "stale"


def test_two_clients_with_the_same_session_id_renew_it_each_for_itself(
    user_client: httpx.Client,
) -> None:
    with Sandbox() as sandbox:
        session_id = sandbox.create_session()
        one, other = (
            SyncClient(sandbox.url, auth=SessionId(session_id), httpx_client=user_client)
            for _ in range(2)
        )
        one.thread.get_available()
        other.thread.get_available()
        assert session_id not in {one.session_id, other.session_id}
        assert one.session_id != other.session_id


# A pool of one connection


def test_a_401_s_connection_is_free_for_the_renewal() -> None:
    """In a pool of one, the login would wait for it in vain."""
    with Sandbox() as sandbox:
        limits = httpx.Limits(max_connections=1)
        with httpx.Client(limits=limits, trust_env=False, verify=NO_TLS) as user_client:
            client = SyncClient(
                sandbox.url, auth=Token(sandbox.token), httpx_client=user_client, timeout=5
            )
            for _ in range(3):
                sandbox.expire_sessions()
                client.thread.get_available()
        assert sandbox.logins == 3


# A thousand calls


def test_a_thousand_calls_in_flight_on_an_ended_session_are_renewed_once() -> None:
    service = Service()
    client = service.client()
    client.thread.get_available()
    service.expire()
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(1000)]
            until(lambda: in_renewal(client) == 1000)
    assert {repr(call.error) for call in calls} == {"None"}
    assert [call.value for call in calls] == [[]] * 1000
    assert service.logins == 2
    assert service.count(THREADS) <= 2001


def test_so_they_are_when_their_401s_come_one_after_another() -> None:
    """Some before the renewal, some during it, some after: never more than one login."""
    service = Service()
    client = service.client()
    client.thread.get_available()
    service.expire()
    with ThreadGroup() as tasks:
        with service.holding(THREADS):
            late = [tasks.start(client.thread.get_available) for _ in range(100)]
            until(lambda: service.waiting == 100)
            with service.holding(TOKEN_LOGIN):
                leader = tasks.start(client.llm.get_available_model_instances)
                until(lambda: service.waiting == 101)
                calls = [tasks.start(client.llm.get_available_model_instances) for _ in range(100)]
                until(lambda: in_renewal(client) == 101)
        after = [tasks.start(client.thread.get_available) for _ in range(50)]
    everyone = [leader, *late, *calls, *after]
    assert {repr(call.error) for call in everyone} == {"None"}
    assert service.logins == 2


def test_a_thousand_calls_share_the_failure_of_one_renewal() -> None:
    service = Service()
    client = service.signed_in()
    service.expire()
    service.next_logins.append(httpx.ConnectError("refused"))
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(1000)]
            until(lambda: in_renewal(client) == 1000)
    assert {type(call.error).__name__ for call in calls} == {"APIConnectionError"}
    assert len({id(call.error) for call in calls}) == 1000
    assert service.logins == 2
    assert client.thread.get_available() == []
    assert service.logins == 3


def test_over_real_connections_many_calls_are_renewed_once_too() -> None:
    with Sandbox(threads=("A thread",)) as sandbox:
        with SyncClient.authenticate_from_token(sandbox.url, sandbox.token) as client:
            sandbox.expire_sessions()
            with ThreadGroup() as tasks:
                calls = [tasks.start(client.thread.get_available) for _ in range(250)]
            assert {repr(call.error) for call in calls} == {"None"}
            assert sandbox.logins == 2
