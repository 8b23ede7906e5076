"""Rotation: which of the sessions that answers bring is used next, and where it is sent."""

import pytest

from liminal.errors import APIStatusError, AuthError
from tests.support.service import MODELS, THREADS, TOKEN_LOGIN, Service, answer

from .caller import Caller, until


def test_the_session_that_an_answer_brings_is_the_next_to_be_sent(
    caller: Caller, service: Service
) -> None:
    service.roll = True
    for _ in range(3):
        caller.call()
    assert service.cookies(THREADS) == [f"session=s{n}" for n in (1, 1, 2, 3)]
    assert caller.client.session_id == "s4"
    assert service.logins == 1


@pytest.mark.parametrize("late", ["session=late", "session="], ids=["a session", "an end"])
def test_what_an_answer_to_an_older_request_brings_changes_nothing(
    caller: Caller, service: Service, late: str
) -> None:
    service.next_answers += [answer(200, late), answer(200, service.cookie())]
    with service.holding(THREADS):
        slow = caller.start()
        until(lambda: service.waiting)
        caller.call(MODELS)
    assert slow.result() == []
    assert caller.client.session_id == "s2"


def test_nor_does_it_once_a_login_has_brought_another(caller: Caller, service: Service) -> None:
    service.roll = True
    with service.holding(THREADS):
        slow = caller.start()
        until(lambda: service.waiting)
        service.expire()
        service.roll = False
        caller.call(MODELS)
    assert slow.result() == []
    assert caller.client.session_id == "s3"


@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 500])
def test_the_session_of_any_answer_but_a_401_is_taken(
    caller: Caller, service: Service, status: int
) -> None:
    last = answer(status, service.cookie())
    service.next_answers.append(last)
    with pytest.raises(APIStatusError):
        caller.call()
    assert caller.client.session_id == "s2"
    assert "set-cookie" not in last.headers
    assert service.logins == 1


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["session=doubled", "session=s1"], "s1"),
        (["other=theirs; Path=/", "session=s1; Path=/"], "s1"),
        (["session=theirs; Domain=evil.example"], "s1"),
        (["session=theirs; Path=/other"], "s1"),
        (["session=with white space"], "s1"),
        (["session="], None),
        (["session=s1; Max-Age=0"], None),
    ],
)
def test_only_a_cookie_that_takes_the_session_back_has_it_renewed_before_the_next_request(
    caller: Caller, service: Service, lines: list[str], kept: str | None
) -> None:
    service.next_answers.append(answer(200, *lines))
    caller.call()
    assert caller.client.session_id == kept
    caller.call()
    renewed = [(TOKEN_LOGIN, ""), (THREADS, "session=s2")]
    assert service.requests[3:] == ([(THREADS, "session=s1")] if kept else renewed)


def test_a_session_that_ended_is_none_until_there_is_another(
    caller: Caller, service: Service
) -> None:
    service.next_answers.append(answer(200, "session="))
    service.next_logins.append(answer(403))
    caller.call()
    with pytest.raises(AuthError):
        caller.call()
    assert caller.client.session_id is None
    caller.call()
    assert caller.client.session_id == "s2"
