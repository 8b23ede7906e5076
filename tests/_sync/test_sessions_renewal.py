# Derived from tests/_async/test_sessions_renewal.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Renewal: one for all who need it, whatever was called and however the client came to be."""

import pytest

from liminal import AuthError, SyncClient
from liminal.auth import SessionId
from liminal.errors import LiminalError
from liminal_api.api.thread import list_threads
from tests.support.tasks import ThreadGroup

from .session_service import LOGINS, ME, SUBMIT, THREADS, TOKEN_LOGIN, Service, answer, in_renewal
from .waiting import settle, until


@pytest.fixture
def client(service: Service) -> SyncClient:
    """Give a client that has signed in."""
    return service.signed_in()


# One renewal for all


def test_an_ended_session_is_renewed_and_the_call_answered(
    client: SyncClient, service: Service
) -> None:
    service.expire()
    assert client.thread.get_available() == []
    assert service.logins == 2
    assert service.cookies(THREADS) == ["session=s1", "session=s1", "session=s2"]


def test_calls_that_meet_the_end_together_are_renewed_once(
    client: SyncClient, service: Service
) -> None:
    service.expire()
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(20)]
            until(lambda: in_renewal(client) == 20)
            settle()
    assert [(call.value, call.error) for call in calls] == [([], None)] * 20
    assert service.logins == 2


def test_a_401_that_comes_after_the_renewal_is_just_sent_again(
    client: SyncClient, service: Service
) -> None:
    service.expire()
    with ThreadGroup() as tasks:
        with service.holding(THREADS):
            late = tasks.start(client.thread.get_available)
            until(lambda: service.waiting == 1)
            client.llm.get_available_model_instances()
    assert late.error is None
    assert service.logins == 2
    assert service.cookies(THREADS)[1:] == ["session=s1", "session=s2"]


def test_first_calls_side_by_side_sign_in_once(service: Service) -> None:
    client = service.client()
    with ThreadGroup() as tasks:
        calls = [tasks.start(client.thread.get_available) for _ in range(20)]
    assert [call.error for call in calls] == [None] * 20
    assert (service.logins, service.refused) == (1, 0)


# Whatever was called


def test_a_submit_that_met_the_end_is_sent_again(client: SyncClient, service: Service) -> None:
    service.expire()
    with pytest.raises(LiminalError, match="validate"):  # this service has no answer for it
        client.prompt.submit(1, "x")
    assert service.cookies(SUBMIT) == ["session=s1", "session=s2"]


def test_a_stream_is_renewed_alike(client: SyncClient, service: Service) -> None:
    service.expire()
    with pytest.raises(LiminalError):
        client.prompt.stream(1, "x").text()
    assert service.cookies(SUBMIT) == ["session=s1", "session=s2"]


def test_a_call_through_the_api_is_renewed_alike(client: SyncClient, service: Service) -> None:
    service.expire()
    answered = list_threads.sync(client=client.api)
    assert answered.data == []
    assert service.logins == 2


# How, by the way the client came to be


def test_a_session_id_is_renewed_by_asking_who_one_is(service: Service) -> None:
    service.cookie()
    client = service.client(SessionId("s1"))
    service.next_answers.append(answer(401))
    assert client.thread.get_available() == []
    assert service.cookies(ME) == ["session=s1"]
    assert service.cookies(THREADS) == ["session=s1", "session=s2"]


def test_a_session_id_that_has_ended_is_an_auth_error(service: Service) -> None:
    client = service.client(SessionId("s0"))
    with pytest.raises(AuthError, match="session id") as caught:
        client.thread.get_available()
    assert caught.value.status_code == 401
    assert service.count(*LOGINS) == 1


def test_a_session_id_that_was_taken_back_is_an_auth_error_without_a_request(
    service: Service,
) -> None:
    service.cookie()
    client = service.client(SessionId("s1"))
    service.next_answers.append(answer(200, "session="))
    client.thread.get_available()
    sent = len(service.requests)
    with pytest.raises(AuthError, match="sign in again"):
        client.thread.get_available()
    assert len(service.requests) == sent
    assert client.session_id is None
