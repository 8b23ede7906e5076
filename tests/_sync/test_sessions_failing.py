# Derived from tests/_async/test_sessions_failing.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Renewal that fails, and callers that give up: who is told, who goes on, who tries again."""

import time

import httpx
import pytest

from liminal import APIConnectionError, APIStatusError, APITimeoutError, AuthError, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests.support.tasks import ThreadGroup

from .session_service import SUBMIT, THREADS, TOKEN_LOGIN, Service, answer, in_renewal
from .waiting import settle, until


@pytest.fixture
def client(service: Service) -> SyncClient:
    """Give a client that has signed in."""
    return service.signed_in()


# When it fails


def test_a_renewal_that_is_refused_fails_all_who_waited_with_its_reason(
    client: SyncClient, service: Service
) -> None:
    service.expire()
    service.next_logins.append(answer(403))
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(20)]
            until(lambda: in_renewal(client) == 20)
            settle()
    for call in calls:
        assert isinstance(call.error, AuthError)
        assert call.error.status_code == 403
        assert "refused the login" in str(call.error)
    assert service.logins == 2
    assert service.count(THREADS) <= 21


def test_each_gets_an_error_of_its_own(client: SyncClient, service: Service) -> None:
    service.expire()
    service.next_logins.append(answer(403))
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(5)]
            until(lambda: in_renewal(client) == 5)
            settle()
    assert len({id(call.error) for call in calls}) == 5


def test_a_call_begun_before_the_failure_shares_it_however_late_its_401_comes(
    client: SyncClient, service: Service
) -> None:
    service.expire()
    service.next_logins.append(answer(403))
    with ThreadGroup() as tasks:
        with service.holding(THREADS):
            late = tasks.start(client.thread.get_available)
            until(lambda: service.waiting == 1)
            with pytest.raises(AuthError):
                client.llm.get_available_model_instances()
    assert isinstance(late.error, AuthError)
    assert service.logins == 2


def test_who_waited_shares_it_also_when_an_answer_brought_a_session_meanwhile(
    client: SyncClient, service: Service
) -> None:
    """That answer was decided before the end: to go on with its session would hide the reason."""
    service.next_answers.append(answer(200, "session=dead"))
    service.next_logins.append(answer(403))
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            with service.holding(THREADS):
                tasks.start(client.thread.get_available)
                until(lambda: service.waiting == 1)
                service.expire()
                calls = [tasks.start(client.llm.get_available_model_instances) for _ in range(2)]
                until(lambda: in_renewal(client) == 2)
                settle()
            until(lambda: client.session_id == "dead")
    for call in calls:
        assert isinstance(call.error, AuthError)
        assert call.error.status_code == 403
    assert service.logins == 2


def test_the_next_call_may_try_again(client: SyncClient, service: Service) -> None:
    service.expire()
    service.next_logins.append(answer(403))
    with pytest.raises(AuthError):
        client.thread.get_available()
    assert client.thread.get_available() == []
    assert service.logins == 3


def test_a_network_failure_is_raised_as_what_it_is_by_all_who_waited(
    client: SyncClient, service: Service
) -> None:
    service.expire()
    service.next_logins.append(httpx.ConnectError("refused"))
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(5)]
            until(lambda: in_renewal(client) == 5)
            settle()
    for call in calls:
        assert isinstance(call.error, APIConnectionError)
        assert not call.error.may_have_been_processed
    assert service.logins == 2


def test_a_renewal_is_tried_again_like_any_repeatable_call(service: Service) -> None:
    client = service.client()
    service.next_logins += [answer(503, retry_after="0"), answer(500, retry_after="0")]
    assert client.thread.get_available() == []
    assert service.logins == 3


def test_a_renewal_that_fails_each_time_is_raised_as_what_it_is(service: Service) -> None:
    client = service.client()
    service.next_logins += [answer(500, retry_after="0") for _ in range(3)]
    with pytest.raises(APIStatusError) as caught:
        client.thread.get_available()
    assert caught.value.status_code == 500
    assert service.logins == 3


def test_a_second_401_is_an_auth_error(client: SyncClient, service: Service) -> None:
    service.expire()
    service.next_logins.append(answer(200, "session=of-no-use"))
    with pytest.raises(AuthError, match="also after it was renewed") as caught:
        client.thread.get_available()
    assert caught.value.status_code == 401
    assert caught.value.operation == "list_threads"
    assert (service.logins, service.count(THREADS)) == (2, 3)


def test_calls_that_are_answered_401_whatever_they_do_end_all_the_same(
    client: SyncClient, service: Service
) -> None:
    service.next_answers += [answer(401) for _ in range(50)]
    with ThreadGroup() as tasks:
        calls = [tasks.start(client.thread.get_available) for _ in range(5)]
    assert all(isinstance(call.error, AuthError) for call in calls)
    assert service.logins <= 1 + 5
    assert service.count(THREADS) <= 1 + 5 * 4


# When a leader or a waiter gives up


def test_a_leader_whose_deadline_passes_hands_over() -> None:
    with Sandbox(answer_delay=0.3) as sandbox:
        with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
            hasty = client.with_options(deadline=0.1)
            with ThreadGroup() as tasks:
                leader = tasks.start(hasty.thread.get_available)
                until(lambda: sandbox.logins == 1)
                calls = [tasks.start(client.thread.get_available) for _ in range(5)]
            assert isinstance(leader.error, APITimeoutError)
            assert "deadline" in str(leader.error)
            assert [call.error for call in calls] == [None] * 5
            assert sandbox.logins == 2


def test_a_waiter_whose_deadline_passes_goes_alone(client: SyncClient, service: Service) -> None:
    service.expire()
    hasty = client.with_options(deadline=0.1)
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            leader = tasks.start(client.thread.get_available)
            until(lambda: service.waiting == 1)
            with pytest.raises(APITimeoutError, match="deadline"):
                hasty.thread.get_available()
    assert leader.error is None
    assert service.logins == 2


def test_a_deadline_that_passes_in_the_renewal_of_a_submit_says_that_nothing_was_done(
    client: SyncClient, service: Service
) -> None:
    """The service answered 401: it can't have acted on the prompt."""
    service.expire()
    hasty = client.with_options(deadline=0.5)
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            with service.holding(SUBMIT):
                late = tasks.start(lambda: hasty.prompt.submit(1, "x"))
                until(lambda: service.waiting == 1)
                tasks.start(client.thread.get_available)
                until(lambda: service.waiting == 2)
            until(lambda: late.error)
    assert service.cookies(SUBMIT) == ["session=s1"]
    assert isinstance(late.error, APITimeoutError)
    assert not late.error.may_have_been_processed


def test_the_timeout_of_a_try_stands_still_while_others_renew(
    client: SyncClient, service: Service
) -> None:
    service.expire()
    quick = client.with_options(timeout=0.1)
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            tasks.start(client.thread.get_available)
            until(lambda: service.waiting == 1)
            waiter = tasks.start(quick.thread.get_available)
            until(lambda: in_renewal(client) == 2)
            time.sleep(0.2)
    assert waiter.error is None
