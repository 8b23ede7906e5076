"""Calls step by step, in both variants: which session goes out after which answer."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal

from liminal._calls.call import Call
from liminal._session.renewal import AsyncRenewal
from liminal._session.state import Session, SessionCookie
from liminal.errors import APIConnectionError, APITimeoutError, AuthError, LiminalError

from .driver import AsyncDriver, BlockingDriver, make_answer, make_call

Driver = BlockingDriver | AsyncDriver


class Logins:
    """Stands for the service's login: gives ``login1``, ``login2``, …, or what is ``next``."""

    def __init__(self) -> None:
        self.made = 0
        self.next: list[LiminalError | Callable[[], object]] = []

    def __call__(self, call: Call) -> SessionCookie:
        self.made += 1
        step = self.next.pop(0) if self.next else None
        if isinstance(step, LiminalError):
            raise step
        if step is not None:
            step()
        return SessionCookie(f"login{self.made}")


@pytest.fixture
def session() -> Session:
    return Session("first")


@pytest.fixture
def logins() -> Logins:
    return Logins()


@pytest.fixture(params=["blocking", "asyncio", "trio"])
def driver(request: Any, session: Session, logins: Logins) -> Iterator[Driver]:
    if request.param == "blocking":
        yield BlockingDriver(session, logins)
    else:
        with start_blocking_portal(request.param) as portal:
            driver = AsyncDriver(portal, session, logins)
            yield driver
            driver.close()


def test_a_request_goes_out_with_the_session(driver: Driver, session: Session) -> None:
    assert driver.flow(make_call(session)).begin() == "session=first"


def test_any_answer_but_a_401_is_the_answer(driver: Driver, session: Session) -> None:
    for status in (200, 204, 302, 400, 403, 404, 429, 500):
        flow = driver.flow(make_call(session))
        flow.begin()
        assert flow.answer(make_answer(status)) is None


def test_after_a_401_it_renews_and_sends_again(
    driver: Driver, session: Session, logins: Logins
) -> None:
    flow = driver.flow(make_call(session))
    flow.begin()
    assert flow.answer(make_answer(401)) == "session=login1"
    assert flow.answer(make_answer(200)) is None


def test_a_401_after_the_renewal_is_the_answer(
    driver: Driver, session: Session, logins: Logins
) -> None:
    flow = driver.flow(make_call(session))
    flow.begin()
    flow.answer(make_answer(401))
    assert flow.answer(make_answer(401)) is None
    assert logins.made == 1


def test_without_a_session_it_opens_one_first(driver: Driver, session: Session) -> None:
    session.adopt(SessionCookie(""), 0.0, sent_with=None)
    assert driver.flow(make_call(session)).begin() == "session=login1"


def test_a_401_to_an_older_session_is_sent_again_without_a_renewal(
    driver: Driver, session: Session, logins: Logins
) -> None:
    flow = driver.flow(make_call(session))
    flow.begin()
    session.adopt(SessionCookie("newer"), 0.0, sent_with=0)
    assert flow.answer(make_answer(401)) == "session=newer"
    assert logins.made == 0


def test_a_session_of_the_same_value_is_a_newer_one_too(
    driver: Driver, session: Session, logins: Logins
) -> None:
    flow = driver.flow(make_call(session))
    flow.begin()
    session.adopt(SessionCookie("first"), 0.0, sent_with=None)
    assert flow.answer(make_answer(401)) == "session=first"
    assert logins.made == 0


def test_sessions_that_were_brought_before_the_end_and_arrive_after_it_cost_no_call(
    driver: Driver, session: Session, logins: Logins
) -> None:
    """Each looks newer, and is as dead as the one before it."""
    slow, flow = driver.flow(make_call(session)), driver.flow(make_call(session))
    flow.begin()
    session.adopt(SessionCookie("rolled"), 0.0, sent_with=0)
    slow.begin()  # answered by the service, then every session ends, then the answers arrive
    assert flow.answer(make_answer(401)) == "session=rolled"
    slow.answer(make_answer(200, "session=dead"))
    assert flow.answer(make_answer(401)) == "session=login1"
    assert flow.answer(make_answer(200)) is None
    assert logins.made == 1


def test_it_is_sent_ten_times_at_most_whatever_others_bring(
    driver: Driver, session: Session, logins: Logins
) -> None:
    flow = driver.flow(make_call(session))
    answers = [make_answer(401) for _ in range(10)]
    sent = [flow.begin()]
    for number, answer in enumerate(answers):
        session.adopt(SessionCookie(f"new{number}"), 0.0, sent_with=None)
        sent.append(flow.answer(answer))
    assert sent == ["session=first", *(f"session=new{n}" for n in range(9)), None]
    assert logins.made == 0
    assert [answer.is_closed for answer in answers] == [True] * 9 + [False]  # to be read


def test_a_call_that_waits_for_a_renewal_may_still_renew_by_itself(
    driver: Driver, session: Session, logins: Logins
) -> None:
    flow, other = driver.flow(make_call(session)), driver.flow(make_call(session))
    flow.begin()
    other.begin()
    assert other.answer(make_answer(401)) == "session=login1"
    assert flow.answer(make_answer(401)) == "session=login1"
    assert flow.answer(make_answer(401)) == "session=login2"


def test_an_answer_s_session_is_taken(driver: Driver, session: Session) -> None:
    flow = driver.flow(make_call(session))
    flow.begin()
    flow.answer(make_answer(200, "session=newer"))
    assert session.snapshot.value == "newer"


def test_a_401_s_session_is_not(driver: Driver, session: Session) -> None:
    flow = driver.flow(make_call(session))
    flow.begin()
    assert flow.answer(make_answer(401, "session=newer")) == "session=login1"


def test_answers_that_overtake_each_other_leave_the_newest_session(
    driver: Driver, session: Session
) -> None:
    early, late = driver.flow(make_call(session)), driver.flow(make_call(session))
    early.begin()
    late.begin()
    late.answer(make_answer(200, "session=late"))
    early.answer(make_answer(200, "session=early"))
    assert session.snapshot.value == "late"


def test_an_answer_that_arrives_after_a_login_does_not_replace_its_session(
    driver: Driver, session: Session
) -> None:
    slow, flow = driver.flow(make_call(session)), driver.flow(make_call(session))
    slow.begin()
    flow.begin()
    flow.answer(make_answer(401))
    slow.answer(make_answer(200, "session=old"))
    assert session.snapshot.value == "login1"


def test_a_login_s_session_counts_whatever_came_meanwhile(
    driver: Driver, session: Session, logins: Logins
) -> None:
    logins.next.append(lambda: session.adopt(SessionCookie("rolled"), 0.0, sent_with=0))
    flow = driver.flow(make_call(session))
    flow.begin()
    assert flow.answer(make_answer(401)) == "session=login1"


def test_a_401_is_read_and_closed_before_the_renewal(
    driver: Driver, session: Session, logins: Logins
) -> None:
    """With a pool of one connection the login would wait for it for ever."""
    response = make_answer(401)
    closed: list[bool] = []
    logins.next.append(lambda: closed.append(response.is_closed))
    flow = driver.flow(make_call(session))
    flow.begin()
    flow.answer(response)
    assert closed == [True]


def test_what_was_answered_401_was_not_processed(
    driver: Driver, session: Session, logins: Logins
) -> None:
    call = make_call(session)
    sent: list[bool] = []
    logins.next.append(lambda: sent.append(call.sent))
    flow = driver.flow(call)
    flow.begin()
    call.sent = True  # as the transport notes when it asks for the body
    flow.answer(make_answer(401))
    assert sent == [False]


def test_what_a_login_left_no_time_for_is_not_sent(
    driver: Driver, session: Session, logins: Logins
) -> None:
    session.adopt(SessionCookie(""), 0.0, sent_with=None)
    call = make_call(session, deadline=0.05)
    logins.next.append(lambda: time.sleep(0.1))
    with pytest.raises(APITimeoutError, match="deadline"):
        driver.flow(call).begin()


def test_a_failed_renewal_is_raised_and_shared_by_all_that_had_begun(
    driver: Driver, session: Session, logins: Logins
) -> None:
    logins.next.append(AuthError("no", status_code=403))
    flows = [driver.flow(make_call(session)) for _ in range(3)]
    for flow in flows:
        flow.begin()
    for flow in flows:
        with pytest.raises(AuthError, match="no"):
            flow.answer(make_answer(401))
    assert logins.made == 1


def test_the_next_call_renews_and_those_that_had_begun_go_with_it(
    driver: Driver, session: Session, logins: Logins
) -> None:
    logins.next.append(AuthError("no"))
    first, late = driver.flow(make_call(session)), driver.flow(make_call(session))
    first.begin()
    late.begin()
    with pytest.raises(AuthError):
        first.answer(make_answer(401))
    following = driver.flow(make_call(session))
    assert following.begin() == "session=login2"
    assert late.answer(make_answer(401)) == "session=login2"


def test_a_failure_after_the_leader_s_deadline_is_its_own(
    driver: Driver, session: Session, logins: Logins
) -> None:
    """The others have more time: one of them tries."""
    hasty, patient = make_call(session), make_call(session)
    logins.next.append(APIConnectionError("too late"))
    flows = [driver.flow(hasty), driver.flow(patient)]
    for flow in flows:
        flow.begin()
    hasty.clock._call_ends = 0.0  # long past
    with pytest.raises(APIConnectionError):
        flows[0].answer(make_answer(401))
    assert flows[1].answer(make_answer(401)) == "session=login2"


def test_a_leader_that_ctrl_c_interrupts_hands_over(session: Session, logins: Logins) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    logins.next.append(interrupt)
    driver = BlockingDriver(session, logins)
    flows = [driver.flow(make_call(session)) for _ in range(2)]
    for flow in flows:
        flow.begin()
    with pytest.raises(KeyboardInterrupt):
        flows[0].answer(make_answer(401))
    assert flows[1].answer(make_answer(401)) == "session=login2"


@pytest.fixture(params=["asyncio", "trio"])
def left_behind(request: Any, session: Session, logins: Logins) -> Iterator[AsyncDriver]:
    """Give a driver whose renewal was under way when its event loop ended, now on another."""
    call = make_call(session)

    async def begin_renewal(driver: AsyncDriver) -> AsyncRenewal:
        renewal = AsyncRenewal(driver.session, call)
        assert await renewal.begin(session.snapshot)
        return renewal

    with start_blocking_portal("asyncio") as first, start_blocking_portal(request.param) as portal:
        driver = AsyncDriver(portal, session, logins)
        renewal = first.call(begin_renewal, driver)
        first.call(first.stop)
        while renewal.loop.is_running:
            time.sleep(0.001)
        yield driver
        driver.close()


def test_a_renewal_that_another_loop_left_behind_holds_nobody_up(
    left_behind: AsyncDriver, session: Session
) -> None:
    flow = left_behind.flow(make_call(session))
    flow.begin()
    assert flow.answer(make_answer(401)) == "session=login1"


def test_nor_does_it_keep_a_session_from_being_renewed_ahead_of_time(
    left_behind: AsyncDriver, session: Session
) -> None:
    session.adopt(SessionCookie("due", lifetime=100.0), time.monotonic() - 95.0, sent_with=None)
    assert left_behind.flow(make_call(session)).begin() == "session=login1"
