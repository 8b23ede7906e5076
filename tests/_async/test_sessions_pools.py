"""Sessions and connections: two identities over one pool, a pool of one, a thousand calls."""

from collections.abc import AsyncIterator

import httpx
import pytest

from liminal import Client
from liminal.auth import AuthProvider, SessionId, Token
from liminal.sandbox import Sandbox
from tests.support.tasks import TaskGroup
from tests.support.tls import NO_TLS

from .session_service import THREADS, TOKEN_LOGIN, Service, in_renewal
from .waiting import until

pytestmark = pytest.mark.anyio


class Person(AuthProvider):
    """Somebody with a token of their own."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_access_token(self) -> str:  # derive: async-only
        return self._token

    def get_access_token_sync(self) -> str:
        return self._token


@pytest.fixture
async def user_client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as user_client:
        yield user_client


# Two clients, one pool


async def test_two_identities_over_one_pool_never_send_each_other_s_session(
    user_client: httpx.AsyncClient,
) -> None:
    """Each sees its own threads alone, however their calls and renewals interleave."""
    with Sandbox(accept_provider_token=lambda token: token) as sandbox:
        ada, bob = (
            Client(sandbox.url, auth=Person(name), httpx_client=user_client)
            for name in ("ada", "bob")
        )

        async def create(client: Client, name: str) -> None:
            for number in range(10):
                await client.thread.create(1, f"{name}{number}")

        async with TaskGroup() as tasks:
            steps = [
                tasks.start(lambda: create(ada, "ada")),
                tasks.start(lambda: create(bob, "bob")),
                tasks.start(lambda: create(ada, "ada")),
                tasks.start(lambda: create(bob, "bob")),
            ]
            await until(lambda: sandbox.threads_created >= 20)
            sandbox.expire_sessions()
        assert [step.error for step in steps] == [None] * 4
        assert sandbox.logins <= 4
        for client, name in ((ada, "ada"), (bob, "bob")):
            names = {thread.name for thread in await client.thread.get_available()}
            assert names == {f"{name}{number}" for number in range(10)}
        assert dict(user_client.cookies) == {}


async def test_one_identity_s_callback_is_not_told_the_other_s_session(
    user_client: httpx.AsyncClient,
) -> None:
    with Sandbox(accept_provider_token=lambda token: token) as sandbox:
        ada, bob = (
            Client(sandbox.url, auth=Person(name), httpx_client=user_client)
            for name in ("ada", "bob")
        )
        told: list[str] = []
        ada.on_session_change(told.append)
        await bob.thread.get_available()
        assert (told, ada.session_id) == ([], None)


async def test_the_pool_s_owner_can_call_the_same_server_without_our_session(
    user_client: httpx.AsyncClient,
) -> None:
    with Sandbox() as sandbox, Sandbox() as another:
        client = Client(sandbox.url, auth=Token(sandbox.token), httpx_client=user_client)
        await client.thread.get_available()
        for url in (sandbox.url, another.url):
            answered = await user_client.get(f"{url}/api/v1/threads?source=sdk")
            assert answered.status_code == 401
        assert "cookie" not in another.requests[-1].headers


async def test_a_session_that_somebody_put_into_the_pool_s_jar_is_not_sent(
    user_client: httpx.AsyncClient,
) -> None:
    with Sandbox() as sandbox:
        user_client.cookies.set("session", "stale", domain="127.0.0.1")
        client = Client(sandbox.url, auth=Token(sandbox.token), httpx_client=user_client)
        await client.thread.get_available()
        assert "cookie" not in sandbox.requests[0].headers
        assert "stale" not in sandbox.requests[1].headers["cookie"]
        assert user_client.cookies["session"] == "stale"


async def test_two_clients_with_the_same_session_id_renew_it_each_for_itself(
    user_client: httpx.AsyncClient,
) -> None:
    with Sandbox() as sandbox:
        session_id = sandbox.create_session()
        one, other = (
            Client(sandbox.url, auth=SessionId(session_id), httpx_client=user_client)
            for _ in range(2)
        )
        await one.thread.get_available()
        await other.thread.get_available()
        assert session_id not in {one.session_id, other.session_id}
        assert one.session_id != other.session_id


# A pool of one connection


async def test_a_401_s_connection_is_free_for_the_renewal() -> None:
    """In a pool of one, the login would wait for it in vain."""
    with Sandbox() as sandbox:
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(limits=limits, trust_env=False, verify=NO_TLS) as user_client:
            client = Client(
                sandbox.url, auth=Token(sandbox.token), httpx_client=user_client, timeout=5
            )
            for _ in range(3):
                sandbox.expire_sessions()
                await client.thread.get_available()
        assert sandbox.logins == 3


async def test_a_pool_of_one_connection_is_enough_to_renew_for_many() -> None:  # derive: async-only
    """Not so in threads: httpcore's pool closes connections in use (encode/httpcore #1110)."""
    with Sandbox() as sandbox:
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(limits=limits, trust_env=False, verify=NO_TLS) as user_client:
            client = Client(
                sandbox.url, auth=Token(sandbox.token), httpx_client=user_client, timeout=5
            )
            for _ in range(3):
                sandbox.expire_sessions()
                async with TaskGroup() as tasks:
                    calls = [tasks.start(client.thread.get_available) for _ in range(10)]
                assert [call.error for call in calls] == [None] * 10
        assert sandbox.logins == 3


# A thousand calls


async def test_a_thousand_calls_in_flight_on_an_ended_session_are_renewed_once() -> None:
    service = Service()
    client = service.client()
    await client.thread.get_available()
    service.expire()
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(1000)]
            await until(lambda: in_renewal(client) == 1000)
    assert {repr(call.error) for call in calls} == {"None"}
    assert [call.value for call in calls] == [[]] * 1000
    assert service.logins == 2
    assert service.count(THREADS) <= 2001


async def test_so_they_are_when_their_401s_come_one_after_another() -> None:
    """Some before the renewal, some during it, some after: never more than one login."""
    service = Service()
    client = service.client()
    await client.thread.get_available()
    service.expire()
    async with TaskGroup() as tasks:
        with service.holding(THREADS):
            late = [tasks.start(client.thread.get_available) for _ in range(100)]
            await until(lambda: service.waiting == 100)
            with service.holding(TOKEN_LOGIN):
                leader = tasks.start(client.llm.get_available_model_instances)
                await until(lambda: service.waiting == 101)
                calls = [tasks.start(client.llm.get_available_model_instances) for _ in range(100)]
                await until(lambda: in_renewal(client) == 101)
        after = [tasks.start(client.thread.get_available) for _ in range(50)]
    everyone = [leader, *late, *calls, *after]
    assert {repr(call.error) for call in everyone} == {"None"}
    assert service.logins == 2


async def test_a_thousand_calls_share_the_failure_of_one_renewal() -> None:
    service = Service()
    client = await service.signed_in()
    service.expire()
    service.next_logins.append(httpx.ConnectError("refused"))
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(1000)]
            await until(lambda: in_renewal(client) == 1000)
    assert {type(call.error).__name__ for call in calls} == {"APIConnectionError"}
    assert len({id(call.error) for call in calls}) == 1000
    assert service.logins == 2
    assert await client.thread.get_available() == []
    assert service.logins == 3


async def test_over_real_connections_many_calls_are_renewed_once_too() -> None:
    with Sandbox(threads=("A thread",)) as sandbox:
        async with await Client.authenticate_from_token(sandbox.url, sandbox.token) as client:
            sandbox.expire_sessions()
            async with TaskGroup() as tasks:
                calls = [tasks.start(client.thread.get_available) for _ in range(250)]
            assert {repr(call.error) for call in calls} == {"None"}
            assert sandbox.logins == 2
