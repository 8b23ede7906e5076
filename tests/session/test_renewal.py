"""Renewal after a 401: one login for all who need it, and how often a call is sent again."""

import time
from collections.abc import AsyncIterator, Iterator

import anyio.lowlevel
import httpx
import pytest

from liminal._session.state import SessionCookie
from liminal.auth import SessionId, Token
from liminal.errors import APITimeoutError, AuthError
from liminal.sandbox import Sandbox
from tests._sync.waiting import until
from tests.support.service import ME, MODELS, SUBMIT, THREADS, TOKEN_LOGIN, answer

from .caller import STEPS, Caller, errors


@pytest.mark.parametrize("path", STEPS)
def test_a_call_on_an_ended_session_is_sent_again_after_one_login(caller, path):
    service, arrives_at = caller.service, path.partition(" ")[0]
    service.received.clear()
    service.expire()
    caller.call(path)
    assert service.requests == [
        (arrives_at, "session=s1"),
        (TOKEN_LOGIN, ""),
        (arrives_at, "session=s2"),
    ]


def test_first_calls_side_by_side_sign_in_once(sdk, service):
    assert errors(Caller(sdk, service).start_many(20)) == [None] * 20
    assert (service.logins, service.refused) == (1, 0)


def test_a_401_to_the_first_request_of_a_new_session_is_renewed(sdk, service):
    service.next_answers.append(answer(401))
    assert Caller(sdk, service).call() == []
    assert service.logins == 2


def test_hundreds_of_calls_share_one_renewal(caller, service):
    many = 60 if caller.sdk.name == "blocking" else 300
    service.expire()
    calls = caller.burst_in_renewal(many)
    assert [call.result() for call in calls] == [[]] * many
    assert service.logins == 2
    assert service.count(THREADS) <= 1 + 2 * many


def test_401s_before_during_and_after_a_renewal_share_it(caller, service):
    service.expire()
    with service.holding(THREADS):
        late = caller.start_many(20)
        until(lambda: service.waiting == 20)
        with service.holding(TOKEN_LOGIN):
            calls = caller.start_many(20, MODELS)
            until(lambda: caller.in_renewal == 20)
        assert errors(calls) == [None] * 20
    assert errors(late) == [None] * 20
    assert service.logins == 2
    assert service.cookies(THREADS)[1:] == ["session=s1"] * 20 + ["session=s2"] * 20


def test_late_answers_that_bring_ended_sessions_fail_no_call(caller):
    """Each looks newer, but the service has ended all sessions of that login."""
    service, values = caller.service, iter(["rolled", "dead"])

    def bring_and_refuse() -> httpx.Response:
        value, state = next(values), caller.session.state
        service.good.add(value)
        state.adopt(SessionCookie(value), 0.0, sent_with=state.snapshot.generation)
        return answer(401)

    service.next_answers += [bring_and_refuse] * 2
    assert caller.call() == []
    assert service.cookies(THREADS)[1:] == ["session=s1", "session=rolled", "session=s2"]
    assert service.logins == 2


def test_a_401_after_another_call_s_renewal_is_renewed(caller, service):
    service.expire()
    service.next_answers += [answer(), answer(401)]
    with caller.held() as late:
        caller.call(MODELS)
    assert late.result() == []
    assert service.cookies(THREADS)[1:] == ["session=s1", "session=s2", "session=s3"]


@pytest.mark.parametrize("others_renew", [False, True])
def test_a_401_is_the_answer_after_its_own_renewal_or_ten_sends(caller, service, others_renew):
    numbers = iter(range(10))

    def refuse() -> httpx.Response:
        value = f"new{next(numbers)}"
        if others_renew:
            service.good.add(value)
            caller.session.adopt_login(SessionCookie(value))
        return answer(401)

    service.next_answers += [refuse] * 10
    with pytest.raises(AuthError, match="also after it was renewed") as caught:
        caller.call()
    assert (caught.value.status_code, caught.value.operation) == (401, "list_threads")
    brought = [f"session=new{n}" for n in range(9)] if others_renew else ["session=s2"]
    assert service.cookies(THREADS)[1:] == ["session=s1", *brought]
    assert service.logins == (1 if others_renew else 2)


@pytest.mark.parametrize("sdk", ["asyncio", "trio"], indirect=True)
def test_many_calls_outlive_sessions_that_end_faster_than_they_take_turns(sdk):
    with Sandbox(session_uses=50) as sandbox:
        client = sdk.client(sandbox.url, auth=Token(sandbox.token))
        calls = [sdk.start(client.llm.get_available_model_instances) for _ in range(200)]
        assert errors(calls) == [None] * 200
        assert sandbox.logins <= 200 / 50 + 1


def test_a_401_is_closed_before_the_renewal_and_its_cookie_not_taken(caller):
    """With a pool of one connection the login would wait for it for ever."""
    service, refusal = caller.service, answer(401, "session=of-no-use")

    def log_in() -> httpx.Response:
        assert refusal.is_closed
        return answer(200, service.cookie())

    service.next_answers.append(refusal)
    service.next_logins.append(log_in)
    caller.call()
    assert [cookie for _, cookie in service.requests[2:]] == ["session=s1", "", "session=s2"]


def test_a_submit_out_of_time_in_its_renewal_was_not_processed(caller):
    """The service answered 401: it can't have acted on the prompt."""
    service = caller.service
    service.expire()
    with service.holding(TOKEN_LOGIN):
        with caller.with_options(deadline=0.5).held(SUBMIT) as late:
            caller.start()
            until(lambda: service.waiting == 2)
        (error,) = errors([late])
    assert service.cookies(SUBMIT) == ["session=s1"]
    assert isinstance(error, APITimeoutError)
    assert not error.may_have_been_processed


class SlowBody(httpx.ByteStream):
    """Takes more time than the call has left."""

    def __iter__(self) -> Iterator[bytes]:
        time.sleep(1.2)
        yield b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        time.sleep(1.2)  # noqa: ASYNC251 - so that both limits are over at the next checkpoint
        await anyio.lowlevel.checkpoint()
        yield b""


def test_a_submit_out_of_time_in_the_body_of_a_401_was_not_processed(caller, service):
    service.next_answers.append(httpx.Response(401, stream=SlowBody(b"")))
    with pytest.raises(APITimeoutError, match="deadline") as caught:
        caller.with_options(deadline=1).call(SUBMIT)
    assert service.cookies(SUBMIT) == ["session=s1"]
    assert not caught.value.may_have_been_processed


def test_a_call_that_its_login_leaves_no_time_is_not_sent(caller, service):
    def log_in() -> httpx.Response:
        time.sleep(0.2)
        return answer(200, service.cookie())

    service.expire()
    service.next_logins.append(log_in)
    with pytest.raises(APITimeoutError, match="deadline"):
        caller.with_options(deadline=0.1).call(SUBMIT)
    assert service.cookies(SUBMIT) == ["session=s1"]


# A session id alone


def test_a_session_id_is_renewed_by_users_me(sdk, service):
    service.cookie()
    service.next_answers.append(answer(401))
    Caller(sdk, service, SessionId("s1")).call()
    renewed = [(ME, "session=s1"), (THREADS, "session=s2")]
    assert service.requests == [(THREADS, "session=s1"), *renewed]


def test_a_session_id_that_has_ended_is_an_auth_error(sdk, service):
    with pytest.raises(AuthError, match="session id") as caught:
        Caller(sdk, service, SessionId("s0")).call()
    assert (caught.value.status_code, service.logins) == (401, 1)
