"""Renewals that fail, and calls that give up on one: which calls fail, and which try again."""

import re
import time
from contextlib import ExitStack

import httpx
import pytest

from liminal.auth import Token
from liminal.errors import APITimeoutError, AuthError
from tests._sync.waiting import until
from tests.support.service import MODELS, THREADS, TOKEN_LOGIN, answer

from .caller import Caller, errors, make_call, shared_session


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (lambda: answer(403), "AuthError: the service refused the login"),
        (lambda: answer(500), "APIStatusError: login.* 500"),
        (lambda: httpx.ConnectError("no"), "APIConnectionError: login"),
    ],
    ids=["refused", "an error of the server", "no connection"],
)
def test_a_failure_is_raised_by_all_that_waited_for_it(caller, service, failure, expected):
    service.expire()
    service.next_logins.append(failure())
    failed = errors(caller.burst_in_renewal(50))
    for error in failed:
        assert re.match(expected, f"{type(error).__name__}: {error}")
        assert not getattr(error, "may_have_been_processed", False)
    assert len({id(error) for error in failed}) == 50
    assert service.logins == 2
    assert service.count(THREADS) <= 1 + 50
    assert caller.call() == []
    assert service.logins == 3


@pytest.mark.parametrize("is_renewed_since", [False, True])
def test_a_call_begun_before_a_failure_shares_it_until_a_renewal(caller, service, is_renewed_since):
    """However late its 401 comes."""
    service.expire()
    service.next_logins.append(answer(403))
    with caller.held() as late:
        with pytest.raises(AuthError):
            caller.call(MODELS)
        if is_renewed_since:
            caller.call(MODELS)
    assert (errors([late]) == [None]) is is_renewed_since
    assert service.logins == 2 + is_renewed_since


def test_a_call_that_shares_a_failure_waits_for_no_newer_renewal(caller, service):
    """It would wait for each of them while logins fail and new calls keep coming."""
    service.expire()
    service.next_logins.append(answer(403))
    with ExitStack() as held:
        late = held.enter_context(caller.held())
        with pytest.raises(AuthError):
            caller.call(MODELS)
        with caller.held(MODELS, at=TOKEN_LOGIN) as newer:
            held.close()
            assert {type(error) for error in errors([late])} == {AuthError}
    assert newer.result() == []


def test_a_failure_is_shared_also_if_an_answer_brought_a_session_meanwhile(caller, service):
    """That answer was decided before the end: to go on with its session would hide the reason."""
    service.next_answers.append(answer(200, "session=dead"))
    service.next_logins.append(answer(403))
    with service.holding(TOKEN_LOGIN):
        with caller.held():
            service.expire()
            calls = caller.start_many(2, MODELS)
            until(lambda: caller.in_renewal == 2)
        until(lambda: caller.client.session_id == "dead")
    assert {type(error) for error in errors(calls)} == {AuthError}
    assert service.logins == 2


@pytest.mark.parametrize(
    ("statuses", "logins", "raised"),
    [
        ([503, 500], 3, None),
        ([500, 500, 500], 3, "APIStatusError"),
        ([403], 1, "AuthError"),
        ([401], 1, "AuthError"),
    ],
)
def test_a_login_is_retried_unless_it_was_refused(sdk, service, statuses, logins, raised):
    service.next_logins += [answer(status, retry_after="0") for status in statuses]
    (error,) = errors([Caller(sdk, service).start()])
    assert raised == (error and type(error).__name__)
    assert getattr(error, "status_code", None) == (statuses[0] if raised else None)
    assert service.logins == logins


# Calls that give up


@pytest.mark.parametrize("gives_up", ["the leader", "one that waits"])
@pytest.mark.parametrize("sdk", ["asyncio", "trio"], indirect=True)
def test_a_call_that_is_cancelled_leaves_the_renewal_to_the_others(caller, service, gives_up):
    service.expire()
    with caller.held(at=TOKEN_LOGIN) as leader:
        calls = [leader, *caller.start_many(5)]
        until(lambda: caller.in_renewal == 6)
        cancelled = calls.pop(0 if gives_up == "the leader" else 1)
        assert cancelled.cancel()
        logins = 3 if cancelled is leader else 2
        until(lambda: (service.logins, caller.in_renewal) == (logins, 5))
    assert errors(calls) == [None] * 5
    assert service.logins == logins


@pytest.mark.parametrize("sdk", ["blocking"], indirect=True)
def test_a_leader_that_ctrl_c_interrupts_hands_over(caller, service):
    service.expire()
    service.next_logins.append(KeyboardInterrupt())
    raised = errors(caller.burst_in_renewal(5))
    kinds = sorted(type(error).__name__ for error in raised)
    assert kinds == ["KeyboardInterrupt"] + ["NoneType"] * 4
    assert service.logins == 3


def test_a_leader_whose_deadline_passes_hands_over(sdk, sandbox):
    token = Token(sandbox.token)
    sdk.run(sdk.client(sandbox.url, auth=token).thread.get_available)  # imports what it needs
    client = sdk.client(sandbox.url, auth=token)
    sandbox.answer_delay = 0.5
    leader = sdk.start(client.with_options(deadline=0.25).thread.get_available)
    until(lambda: sandbox.logins == 2)
    calls = [sdk.start(client.thread.get_available) for _ in range(5)]
    with pytest.raises(APITimeoutError, match="deadline"):
        leader.result()
    assert errors(calls) == [None] * 5
    assert sandbox.logins == 3


@pytest.mark.parametrize(("deadline", "shares"), [(0.9, True), (None, True), (1e-9, False)])
def test_a_failure_is_shared_unless_the_leader_s_own_time_ran_out(deadline, shares):
    """The others have more time: one of them tries."""
    session = shared_session()
    leader, other = make_call(session, deadline=deadline), make_call(session)
    session.fail(leader, AuthError("no"))
    assert (session.state.failure_for(other.number) is not None) is shares


def test_a_waiting_call_whose_deadline_passes_fails_alone(caller, service):
    service.expire()
    with caller.held(at=TOKEN_LOGIN) as leader, pytest.raises(APITimeoutError, match="deadline"):
        caller.with_options(deadline=0.05).call()
    assert (leader.result(), service.logins) == ([], 2)


def test_the_timeout_of_a_try_stands_still_while_others_renew(caller):
    caller.service.expire()
    with caller.held(at=TOKEN_LOGIN) as leader:
        waiter = caller.with_options(timeout=0.1, deadline=None).start()
        until(lambda: caller.in_renewal == 2)
        time.sleep(0.2)
    assert errors([leader, waiter]) == [None, None]
