# Derived from tests/_async/test_sessions_rotation.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Rotation: which of the sessions that answers bring is used next, and who is told."""

import logging

import pytest

from liminal import APIStatusError, AuthError, SyncClient
from liminal.auth import SessionId
from tests.support.tasks import ThreadGroup

from .session_service import LOGINS, THREADS, Service, answer
from .waiting import until

INSTANCES = "/api/v1/model-instances"


@pytest.fixture
def client(service: Service) -> SyncClient:
    """Give a client that has signed in."""
    return service.signed_in()


def test_the_session_that_an_answer_brings_is_the_next_to_be_sent(
    client: SyncClient, service: Service
) -> None:
    service.roll = True
    for _ in range(3):
        client.thread.get_available()
    assert service.cookies(THREADS) == [f"session=s{n}" for n in (1, 1, 2, 3)]
    assert client.session_id == "s4"
    assert service.logins == 1


def test_an_answer_to_an_older_request_does_not_put_its_session_back(
    client: SyncClient, service: Service
) -> None:
    service.roll = True
    with ThreadGroup() as tasks:
        with service.holding(THREADS):
            slow = tasks.start(client.thread.get_available)
            until(lambda: service.waiting == 1)
            client.llm.get_available_model_instances()
    assert slow.error is None
    assert client.session_id == "s3"


def test_a_401_s_cookie_is_not_taken(client: SyncClient, service: Service) -> None:
    service.next_answers.append(answer(401, "session=of-no-use"))
    client.thread.get_available()
    assert client.session_id == "s2"
    assert "session=of-no-use" not in service.cookies(THREADS, *LOGINS)


def test_any_other_error_s_cookie_is(client: SyncClient, service: Service) -> None:
    for status in (400, 403, 404, 429, 500, 302):
        service.next_answers.append(answer(status, service.cookie()))
        before = client.session_id
        with pytest.raises(APIStatusError):
            client.thread.get_available()
        assert client.session_id != before
    assert service.logins == 1


# A cookie that is not what it should be


def test_of_two_sessions_in_one_answer_the_last_counts(
    client: SyncClient, service: Service
) -> None:
    service.next_answers.append(answer(200, "session=doubled", service.cookie()))
    client.thread.get_available()
    assert client.session_id == "s2"
    assert client.thread.get_available() == []


@pytest.mark.parametrize(
    "line",
    [
        "session=theirs; Domain=evil.example",
        "session=theirs; Domain=sub.api.tenant.example",
        "other=theirs",
        "session",
        "",
        "session=with white space",
    ],
)
def test_a_cookie_that_is_not_ours_changes_nothing(
    client: SyncClient, service: Service, line: str
) -> None:
    service.next_answers.append(answer(200, line))
    client.thread.get_available()
    assert client.session_id == "s1"
    assert client.thread.get_available() == []
    assert service.logins == 1


@pytest.mark.parametrize(
    "line",
    [
        "session=",
        "session=s1; Max-Age=0",
        "session=s1; Max-Age=-1",
        "session=s1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ],
)
def test_a_cookie_that_takes_the_session_back_ends_it(
    client: SyncClient, service: Service, line: str
) -> None:
    """The next call signs in first: it does not run into a 401."""
    service.next_answers.append(answer(200, line))
    client.thread.get_available()
    assert client.session_id is None
    assert client.thread.get_available() == []
    assert (service.logins, service.refused) == (2, 0)


def test_a_session_taken_back_by_an_answer_to_an_older_request_stays(
    client: SyncClient, service: Service
) -> None:
    service.next_answers += [answer(200, "session="), answer(200, service.cookie())]
    with ThreadGroup() as tasks:
        with service.holding(THREADS):
            tasks.start(client.thread.get_available)
            until(lambda: service.waiting == 1)
            client.llm.get_available_model_instances()
    assert client.session_id == "s2"


# Where the cookie goes


def test_there_is_one_cookie_in_a_request_and_it_is_ours(
    client: SyncClient, service: Service
) -> None:
    service.next_answers.append(answer(200, "other=theirs; Path=/", "session=s1; Path=/"))
    client.thread.get_available()
    client.thread.get_available()
    assert set(service.cookies(THREADS)) == {"session=s1"}


def test_a_login_carries_no_cookie(client: SyncClient, service: Service) -> None:
    service.expire()
    client.thread.get_available()
    assert service.cookies(*LOGINS) == ["", ""]


def test_a_redirect_is_not_followed_and_so_gets_no_cookie(
    client: SyncClient, service: Service
) -> None:
    service.next_answers.append(answer(307, location="https://evil.example/"))
    with pytest.raises(APIStatusError, match="redirects are not followed"):
        client.thread.get_available()
    assert service.count(THREADS) == 2


# Who is told


def test_a_callback_is_given_each_new_session_id_once_it_is_in_use(service: Service) -> None:
    client = service.client()
    told: list[tuple[str, str | None]] = []
    client.on_session_change(lambda session_id: told.append((session_id, client.session_id)))
    client.thread.get_available()
    service.roll = True
    client.thread.get_available()
    service.expire()
    client.thread.get_available()
    assert [session_id for session_id, _ in told] == ["s1", "s2", "s3", "s4"]
    assert all(session_id == in_use for session_id, in_use in told)


def test_it_is_not_called_for_the_same_id_nor_for_the_end(
    client: SyncClient, service: Service
) -> None:
    told: list[str] = []
    client.on_session_change(told.append)
    service.next_answers += [answer(200, "session=s1"), answer(200, "session=")]
    client.thread.get_available()
    client.thread.get_available()
    assert told == []


def test_it_is_not_called_for_the_session_id_that_the_client_was_given(
    service: Service,
) -> None:
    service.cookie()
    client = service.client(SessionId("s1"))
    told: list[str] = []
    client.on_session_change(told.append)
    client.thread.get_available()
    assert told == []


def test_it_is_not_called_any_more_after_it_unsubscribed(
    client: SyncClient, service: Service
) -> None:
    told: list[str] = []
    unsubscribe = client.on_session_change(told.append)
    service.roll = True
    client.thread.get_available()
    unsubscribe()
    client.thread.get_available()
    assert told == ["s2"]


def test_a_copy_with_other_options_tells_too(client: SyncClient, service: Service) -> None:
    told: list[str] = []
    client.on_session_change(told.append)
    service.roll = True
    client.with_options(timeout=5).thread.get_available()
    assert told == ["s2"]


def test_what_a_callback_raises_breaks_no_call_and_is_logged_by_its_type(
    client: SyncClient, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(session_id: str) -> None:
        raise OSError(f"can't write {session_id}")

    client.on_session_change(broken)
    service.roll = True
    with caplog.at_level(logging.ERROR):
        assert client.thread.get_available() == []
    assert [record.getMessage() for record in caplog.records] == [
        "a session-change callback raised OSError"
    ]


def test_in_a_thousand_answers_side_by_side_the_last_id_that_is_told_is_the_one_in_use(
    client: SyncClient, service: Service
) -> None:
    told: list[str] = []
    client.on_session_change(told.append)
    service.roll = True

    def some_calls() -> None:
        for _ in range(50):
            client.thread.get_available()

    with ThreadGroup() as tasks:
        steps = [tasks.start(some_calls) for _ in range(20)]
    assert [step.error for step in steps] == [None] * 20
    assert told[-1] == client.session_id
    numbers = [int(session_id.removeprefix("s")) for session_id in told]
    assert len(set(numbers)) == len(numbers)
    assert service.logins == 1


def test_a_session_that_ended_is_none_until_there_is_another(
    client: SyncClient, service: Service
) -> None:
    service.next_answers.append(answer(200, "session="))
    service.next_logins.append(answer(403))
    client.thread.get_available()
    with pytest.raises(AuthError):
        client.thread.get_available()
    assert client.session_id is None
    client.thread.get_available()
    assert client.session_id == "s2"
