"""Renewal that fails, and callers that give up: who is told, who goes on, who tries again."""

import anyio
import httpx
import pytest

from liminal import APIConnectionError, APIStatusError, APITimeoutError, AuthError, Client
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests.support.tasks import TaskGroup

from .session_service import SUBMIT, THREADS, TOKEN_LOGIN, Service, answer, in_renewal
from .waiting import settle, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(service: Service) -> Client:
    """Give a client that has signed in."""
    return await service.signed_in()


# When it fails


async def test_a_renewal_that_is_refused_fails_all_who_waited_with_its_reason(
    client: Client, service: Service
) -> None:
    service.expire()
    service.next_logins.append(answer(403))
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(20)]
            await until(lambda: in_renewal(client) == 20)
            await settle()
    for call in calls:
        assert isinstance(call.error, AuthError)
        assert call.error.status_code == 403
        assert "refused the login" in str(call.error)
    assert service.logins == 2
    assert service.count(THREADS) <= 21


async def test_each_gets_an_error_of_its_own(client: Client, service: Service) -> None:
    service.expire()
    service.next_logins.append(answer(403))
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(5)]
            await until(lambda: in_renewal(client) == 5)
            await settle()
    assert len({id(call.error) for call in calls}) == 5


async def test_a_call_begun_before_the_failure_shares_it_however_late_its_401_comes(
    client: Client, service: Service
) -> None:
    service.expire()
    service.next_logins.append(answer(403))
    async with TaskGroup() as tasks:
        with service.holding(THREADS):
            late = tasks.start(client.thread.get_available)
            await until(lambda: service.waiting == 1)
            with pytest.raises(AuthError):
                await client.llm.get_available_model_instances()
    assert isinstance(late.error, AuthError)
    assert service.logins == 2


async def test_who_waited_shares_it_also_when_an_answer_brought_a_session_meanwhile(
    client: Client, service: Service
) -> None:
    """That answer was decided before the end: to go on with its session would hide the reason."""
    service.next_answers.append(answer(200, "session=dead"))
    service.next_logins.append(answer(403))
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            with service.holding(THREADS):
                tasks.start(client.thread.get_available)
                await until(lambda: service.waiting == 1)
                service.expire()
                calls = [tasks.start(client.llm.get_available_model_instances) for _ in range(2)]
                await until(lambda: in_renewal(client) == 2)
                await settle()
            await until(lambda: client.session_id == "dead")
    for call in calls:
        assert isinstance(call.error, AuthError)
        assert call.error.status_code == 403
    assert service.logins == 2


async def test_the_next_call_may_try_again(client: Client, service: Service) -> None:
    service.expire()
    service.next_logins.append(answer(403))
    with pytest.raises(AuthError):
        await client.thread.get_available()
    assert await client.thread.get_available() == []
    assert service.logins == 3


async def test_a_network_failure_is_raised_as_what_it_is_by_all_who_waited(
    client: Client, service: Service
) -> None:
    service.expire()
    service.next_logins.append(httpx.ConnectError("refused"))
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(5)]
            await until(lambda: in_renewal(client) == 5)
            await settle()
    for call in calls:
        assert isinstance(call.error, APIConnectionError)
        assert not call.error.may_have_been_processed
    assert service.logins == 2


async def test_a_renewal_is_tried_again_like_any_repeatable_call(service: Service) -> None:
    client = service.client()
    service.next_logins += [answer(503, retry_after="0"), answer(500, retry_after="0")]
    assert await client.thread.get_available() == []
    assert service.logins == 3


async def test_a_renewal_that_fails_each_time_is_raised_as_what_it_is(service: Service) -> None:
    client = service.client()
    service.next_logins += [answer(500, retry_after="0") for _ in range(3)]
    with pytest.raises(APIStatusError) as caught:
        await client.thread.get_available()
    assert caught.value.status_code == 500
    assert service.logins == 3


async def test_a_second_401_is_an_auth_error(client: Client, service: Service) -> None:
    service.expire()
    service.next_logins.append(answer(200, "session=of-no-use"))
    with pytest.raises(AuthError, match="also after it was renewed") as caught:
        await client.thread.get_available()
    assert caught.value.status_code == 401
    assert caught.value.operation == "list_threads"
    assert (service.logins, service.count(THREADS)) == (2, 3)


async def test_calls_that_are_answered_401_whatever_they_do_end_all_the_same(
    client: Client, service: Service
) -> None:
    service.next_answers += [answer(401) for _ in range(50)]
    async with TaskGroup() as tasks:
        calls = [tasks.start(client.thread.get_available) for _ in range(5)]
    assert all(isinstance(call.error, AuthError) for call in calls)
    assert service.logins <= 1 + 5
    assert service.count(THREADS) <= 1 + 5 * 4


# When a leader or a waiter gives up


async def test_a_leader_that_is_cancelled_hands_over(  # derive: async-only
    client: Client, service: Service
) -> None:
    service.expire()
    async with TaskGroup() as tasks, anyio.create_task_group() as cancelled:
        with service.holding(TOKEN_LOGIN):
            cancelled.start_soon(client.thread.get_available)
            await until(lambda: service.waiting == 1)
            calls = [tasks.start(client.thread.get_available) for _ in range(5)]
            await until(lambda: in_renewal(client) == 6)
            cancelled.cancel_scope.cancel()
            await until(lambda: service.logins == 3)
    assert [call.error for call in calls] == [None] * 5
    assert service.logins == 3


async def test_a_waiter_that_is_cancelled_disturbs_nobody(  # derive: async-only
    client: Client, service: Service
) -> None:
    service.expire()
    async with TaskGroup() as tasks, anyio.create_task_group() as cancelled:
        with service.holding(TOKEN_LOGIN):
            call = tasks.start(client.thread.get_available)
            await until(lambda: service.waiting == 1)
            cancelled.start_soon(client.thread.get_available)
            await until(lambda: in_renewal(client) == 2)
            await settle()
            cancelled.cancel_scope.cancel()
            await settle()
    assert call.error is None
    assert service.logins == 2


async def test_a_leader_whose_deadline_passes_hands_over() -> None:
    with Sandbox(answer_delay=0.3) as sandbox:
        async with Client(sandbox.url, auth=Token(sandbox.token)) as client:
            hasty = client.with_options(deadline=0.1)
            async with TaskGroup() as tasks:
                leader = tasks.start(hasty.thread.get_available)
                await until(lambda: sandbox.logins == 1)
                calls = [tasks.start(client.thread.get_available) for _ in range(5)]
            assert isinstance(leader.error, APITimeoutError)
            assert "deadline" in str(leader.error)
            assert [call.error for call in calls] == [None] * 5
            assert sandbox.logins == 2


async def test_a_waiter_whose_deadline_passes_goes_alone(client: Client, service: Service) -> None:
    service.expire()
    hasty = client.with_options(deadline=0.1)
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            leader = tasks.start(client.thread.get_available)
            await until(lambda: service.waiting == 1)
            with pytest.raises(APITimeoutError, match="deadline"):
                await hasty.thread.get_available()
    assert leader.error is None
    assert service.logins == 2


async def test_a_deadline_that_passes_in_the_renewal_of_a_submit_says_that_nothing_was_done(
    client: Client, service: Service
) -> None:
    """The service answered 401: it can't have acted on the prompt."""
    service.expire()
    hasty = client.with_options(deadline=0.5)
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            with service.holding(SUBMIT):
                late = tasks.start(lambda: hasty.prompt.submit(1, "x"))
                await until(lambda: service.waiting == 1)
                tasks.start(client.thread.get_available)
                await until(lambda: service.waiting == 2)
            await until(lambda: late.error)
    assert service.cookies(SUBMIT) == ["session=s1"]
    assert isinstance(late.error, APITimeoutError)
    assert not late.error.may_have_been_processed


async def test_the_timeout_of_a_try_stands_still_while_others_renew(
    client: Client, service: Service
) -> None:
    service.expire()
    quick = client.with_options(timeout=0.1)
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            tasks.start(client.thread.get_available)
            await until(lambda: service.waiting == 1)
            waiter = tasks.start(quick.thread.get_available)
            await until(lambda: in_renewal(client) == 2)
            await anyio.sleep(0.2)
    assert waiter.error is None
