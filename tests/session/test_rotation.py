"""Rotation: which of the sessions that answers bring is used next, and where it is sent."""

import pytest

from liminal.errors import APIStatusError
from tests.support.service import MODELS, THREADS, TOKEN_LOGIN, answer


def test_the_session_that_an_answer_brings_is_the_next_to_be_sent(caller):
    caller.service.roll = True
    for _ in range(3):
        caller.call()
    assert caller.service.cookies(THREADS) == [f"session=s{n}" for n in (1, 1, 2, 3)]
    assert caller.client.session_id == "s4"
    assert caller.service.logins == 1


@pytest.mark.parametrize("late", ["session=late", "session="], ids=["a session", "an end"])
@pytest.mark.parametrize("meanwhile", ["an answer", "a login"])
def test_an_answer_to_an_older_request_changes_nothing(caller, service, late, meanwhile):
    service.next_answers.append(answer(200, late))
    with caller.held() as slow:
        if meanwhile == "a login":
            service.expire()
        else:
            service.next_answers.append(answer(200, service.cookie()))
        caller.call(MODELS)
    assert slow.result() == []
    assert caller.client.session_id == "s2"


@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 500])
def test_the_session_of_any_error_but_a_401_is_taken(caller, status):
    caller.service.next_answers.append(answer(status, caller.service.cookie()))
    with pytest.raises(APIStatusError) as caught:
        caller.call()
    assert caller.client.session_id == "s2"
    assert "set-cookie" not in caught.value.headers
    assert caller.service.logins == 1


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
def test_only_a_cookie_that_ends_the_session_has_it_renewed(caller, service, lines, kept):
    service.next_answers.append(answer(200, *lines))
    caller.call()
    assert caller.client.session_id == kept
    caller.call()
    renewed = [(TOKEN_LOGIN, ""), (THREADS, "session=s2")]
    assert service.requests[3:] == ([(THREADS, "session=s1")] if kept else renewed)
