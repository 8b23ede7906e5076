"""Renewal after a 401: one login for all who need it, and how often a call is sent again."""

import time

import httpx
import pytest

from liminal._session.state import SessionCookie
from liminal.auth import SessionId, Token
from liminal.errors import APITimeoutError, AuthError
from liminal.sandbox import Sandbox
from tests.faults.variants import Variant
from tests.support.service import (
    LOGINS,
    ME,
    MODELS,
    SUBMIT,
    THREADS,
    TOKEN_LOGIN,
    Decision,
    Service,
    answer,
    in_renewal,
)

from .caller import STEPS, Caller, errors, until


@pytest.mark.parametrize("path", STEPS)
def test_whatever_met_the_end_of_the_session_is_sent_again_after_one_login(
    caller: Caller, service: Service, path: str
) -> None:
    service.received.clear()
    service.expire()
    caller.call(path)
    arrives_at = path.partition(" ")[0]
    assert service.requests == [
        (arrives_at, "session=s1"),
        (TOKEN_LOGIN, ""),
        (arrives_at, "session=s2"),
    ]


def test_first_calls_side_by_side_sign_in_once(sdk: Variant, service: Service) -> None:
    assert errors(Caller(sdk, service).start_many(20)) == [None] * 20
    assert (service.logins, service.refused) == (1, 0)


def test_a_thousand_calls_that_meet_the_end_together_are_renewed_once(
    caller: Caller, service: Service
) -> None:
    many = 60 if caller.sdk.name == "blocking" else 1000
    service.expire()
    calls = caller.burst_in_renewal(many)
    assert [call.result() for call in calls] == [[]] * many
    assert service.logins == 2
    assert service.count(THREADS) <= 1 + 2 * many


def test_so_are_calls_whose_401s_come_before_it_during_it_and_after_it(
    caller: Caller, service: Service
) -> None:
    service.expire()
    with service.holding(THREADS):
        late = caller.start_many(20)
        until(lambda: service.waiting == 20)
        with service.holding(TOKEN_LOGIN):
            calls = caller.start_many(20, MODELS)
            until(lambda: in_renewal(caller.client) == 20)
        assert errors(calls) == [None] * 20
    assert errors(late) == [None] * 20
    assert service.logins == 2
    assert service.cookies(THREADS)[1:] == ["session=s1"] * 20 + ["session=s2"] * 20


def test_a_session_of_the_same_value_is_a_newer_one(caller: Caller, service: Service) -> None:
    service.next_answers.append(answer(401))
    with service.holding(THREADS):
        late = caller.start()
        until(lambda: service.waiting)
        caller.session.adopt_login(SessionCookie("s1"))
    assert late.result() == []
    assert service.logins == 1


def test_sessions_brought_before_the_end_that_arrive_after_it_cost_no_call(
    caller: Caller, service: Service
) -> None:
    """Each looks newer, and is as dead as the one before it."""

    def brings(value: str) -> Decision:
        def arrive() -> httpx.Response:
            service.good.add(value)
            state = caller.session.state
            state.adopt(SessionCookie(value), 0.0, sent_with=state.snapshot.generation)
            return answer(401)

        return arrive

    service.next_answers += [brings("rolled"), brings("dead")]
    assert caller.call() == []
    assert service.cookies(THREADS)[1:] == ["session=s1", "session=rolled", "session=s2"]
    assert service.logins == 2


def test_what_was_answered_401_once_more_has_its_own_renewal(
    caller: Caller, service: Service
) -> None:
    """It has waited for another call's first."""
    service.expire()
    service.next_answers += [answer(), answer(401)]
    with service.holding(THREADS):
        late = caller.start()
        until(lambda: service.waiting)
        caller.call(MODELS)
    assert late.result() == []
    assert service.cookies(THREADS)[1:] == ["session=s1", "session=s2", "session=s3"]


@pytest.mark.parametrize("renews", [True, False], ids=["by itself", "by others"])
def test_a_401_is_the_answer_after_a_renewal_or_after_ten_sends(
    caller: Caller, service: Service, renews: bool
) -> None:
    answers = [answer(401, "session=of-no-use", content=b"x" * 9) for _ in range(10)]
    numbers = iter(range(10))

    def refuse() -> httpx.Response:
        number = next(numbers)
        service.good.add(f"new{number}")
        if not renews:
            caller.session.adopt_login(SessionCookie(f"new{number}"))
        return answers[number]

    service.next_answers += [refuse] * 10
    with pytest.raises(AuthError, match="also after it was renewed") as caught:
        caller.call()
    assert (caught.value.status_code, caught.value.operation) == (401, "list_threads")
    brought = ["session=s2"] if renews else [f"session=new{n}" for n in range(9)]
    assert service.cookies(THREADS)[1:] == ["session=s1", *brought]
    assert service.logins == 1 + renews


def test_calls_that_are_answered_401_whatever_they_do_end_all_the_same(
    caller: Caller, service: Service
) -> None:
    service.next_answers += [answer(401) for _ in range(50)]
    assert {type(error) for error in errors(caller.start_many(5))} == {AuthError}
    assert service.logins <= 1 + 5
    assert service.count(THREADS) <= 1 + 5 * 4


def test_many_calls_outlive_sessions_that_end_faster_than_they_take_turns(sdk: Variant) -> None:
    with Sandbox(session_uses=20) as sandbox:
        client = sdk.client(sandbox.url, auth=Token(sandbox.token))
        calls = [sdk.start(client.llm.get_available_model_instances) for _ in range(200)]
        assert errors(calls) == [None] * 200
        assert sandbox.logins <= 200 / 20 + 1


def test_a_login_s_session_counts_whatever_came_meanwhile(caller: Caller, service: Service) -> None:
    def log_in() -> httpx.Response:
        caller.session.state.adopt(SessionCookie("rolled"), 0.0, sent_with=0)
        caller.session.state.adopt(SessionCookie("rolled"), 0.0, sent_with=1)
        return answer(200, service.cookie())

    service.expire()
    service.next_logins.append(log_in)
    caller.call()
    assert service.cookies(THREADS)[1:] == ["session=s1", "session=s2"]


def test_a_401_is_closed_before_the_renewal_and_its_cookie_is_not_taken(
    caller: Caller, service: Service
) -> None:
    """With a pool of one connection the login would wait for it for ever."""
    refusal = answer(401, "session=of-no-use")

    def log_in() -> httpx.Response:
        assert refusal.is_closed
        return answer(200, service.cookie())

    service.next_answers.append(refusal)
    service.next_logins.append(log_in)
    caller.call()
    assert service.cookies(THREADS, *LOGINS) == ["", "session=s1", "session=s1", "", "session=s2"]


def test_a_deadline_that_passes_in_the_renewal_of_a_submit_says_that_nothing_was_done(
    caller: Caller, service: Service
) -> None:
    """The service answered 401: it can't have acted on the prompt."""
    service.expire()
    with service.holding(TOKEN_LOGIN):
        with service.holding(SUBMIT):
            late = caller.with_options(deadline=0.5).start(SUBMIT)
            until(lambda: service.waiting == 1)
            leader = caller.start()
            until(lambda: service.waiting == 2)
        (error,) = errors([late])
    assert service.cookies(SUBMIT) == ["session=s1"]
    assert isinstance(error, APITimeoutError)
    assert not error.may_have_been_processed
    assert leader.result() == []


def test_what_a_login_left_no_time_for_is_not_sent(caller: Caller, service: Service) -> None:
    def log_in() -> httpx.Response:
        time.sleep(0.2)
        return answer(200, service.cookie())

    service.expire()
    service.next_logins.append(log_in)
    with pytest.raises(APITimeoutError, match="deadline"):
        caller.with_options(deadline=0.1).call(SUBMIT)
    assert service.cookies(SUBMIT) == ["session=s1"]


def test_a_session_id_is_renewed_by_asking_who_one_is(sdk: Variant, service: Service) -> None:
    service.cookie()
    service.next_answers.append(answer(401))
    Caller(sdk, service, SessionId("s1")).call()
    assert service.requests == [
        (THREADS, "session=s1"),
        (ME, "session=s1"),
        (THREADS, "session=s2"),
    ]


def test_a_session_id_that_has_ended_is_an_auth_error(sdk: Variant, service: Service) -> None:
    with pytest.raises(AuthError, match="session id") as caught:
        Caller(sdk, service, SessionId("s0")).call()
    assert caught.value.status_code == 401
    assert service.count(*LOGINS) == 1


def test_a_session_id_that_was_taken_back_is_an_auth_error_without_a_request(
    sdk: Variant, service: Service
) -> None:
    service.cookie()
    service.next_answers.append(answer(200, "session="))
    caller = Caller(sdk, service, SessionId("s1"))
    caller.call()
    with pytest.raises(AuthError, match="sign in again") as caught:
        caller.call()
    assert (caught.value.operation, caught.value.attempts) == ("get_current_user", 0)
    assert (service.count(THREADS, *LOGINS), caller.client.session_id) == (1, None)
