"""The auth flows by hand, in both variants: which session goes out after which answer."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal

from liminal._calls.call import Call
from liminal._session.renewal import AsyncFlight
from liminal._session.state import Session, SessionCookie
from liminal.errors import APIConnectionError, APITimeoutError, AuthError, LiminalError

from .hand import AsyncHand, BlockingHand, make_answer, make_call

Hand = BlockingHand | AsyncHand


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
def hand(request: Any, session: Session, logins: Logins) -> Iterator[Hand]:
    if request.param == "blocking":
        yield BlockingHand(session, logins)
    else:
        with start_blocking_portal(request.param) as portal:
            hand = AsyncHand(portal, session, logins)
            yield hand
            hand.close()


def test_a_request_goes_out_with_the_session(hand: Hand, session: Session) -> None:
    assert hand.flow(make_call(session)).begin() == "session=first"


def test_any_answer_but_a_401_is_the_answer(hand: Hand, session: Session) -> None:
    for status in (200, 204, 302, 400, 403, 404, 429, 500):
        flow = hand.flow(make_call(session))
        flow.begin()
        assert flow.answer(make_answer(status)) is None


def test_after_a_401_it_renews_and_sends_again(
    hand: Hand, session: Session, logins: Logins
) -> None:
    flow = hand.flow(make_call(session))
    flow.begin()
    assert flow.answer(make_answer(401)) == "session=login1"
    assert flow.answer(make_answer(200)) is None


def test_a_401_after_the_renewal_is_the_answer(
    hand: Hand, session: Session, logins: Logins
) -> None:
    flow = hand.flow(make_call(session))
    flow.begin()
    flow.answer(make_answer(401))
    assert flow.answer(make_answer(401)) is None
    assert logins.made == 1


def test_without_a_session_it_opens_one_first(hand: Hand, session: Session) -> None:
    session.adopt(SessionCookie(""), 0.0, sent_with=None)
    assert hand.flow(make_call(session)).begin() == "session=login1"


def test_a_401_to_an_older_session_is_sent_again_without_a_renewal(
    hand: Hand, session: Session, logins: Logins
) -> None:
    flow = hand.flow(make_call(session))
    flow.begin()
    session.adopt(SessionCookie("newer"), 0.0, sent_with=0)
    assert flow.answer(make_answer(401)) == "session=newer"
    assert logins.made == 0


def test_a_session_of_the_same_value_is_a_newer_one_too(
    hand: Hand, session: Session, logins: Logins
) -> None:
    flow = hand.flow(make_call(session))
    flow.begin()
    session.adopt(SessionCookie("first"), 0.0, sent_with=None)
    assert flow.answer(make_answer(401)) == "session=first"
    assert logins.made == 0


def test_sessions_that_were_brought_before_the_end_and_arrive_after_it_cost_no_call(
    hand: Hand, session: Session, logins: Logins
) -> None:
    """Each looks like news, and is as dead as the one before it."""
    slow, flow = hand.flow(make_call(session)), hand.flow(make_call(session))
    flow.begin()
    session.adopt(SessionCookie("rolled"), 0.0, sent_with=0)
    slow.begin()  # answered by the service, then every session ends, then the answers arrive
    assert flow.answer(make_answer(401)) == "session=rolled"
    slow.answer(make_answer(200, "session=dead"))
    assert flow.answer(make_answer(401)) == "session=dead"
    assert flow.answer(make_answer(401)) == "session=login1"
    assert flow.answer(make_answer(200)) is None
    assert logins.made == 1


def test_it_is_sent_forty_times_at_most_whatever_others_bring(
    hand: Hand, session: Session, logins: Logins
) -> None:
    flow = hand.flow(make_call(session))
    sent = [flow.begin()]
    while sent[-1] is not None:
        session.adopt(SessionCookie(f"news{len(sent)}"), 0.0, sent_with=None)
        response = make_answer(401)
        body = response.stream
        sent.append(flow.answer(response))
    assert len(sent) == 41
    assert logins.made == 0
    assert response.stream is body  # the last one's reason is for the caller


def test_an_answer_s_session_is_taken(hand: Hand, session: Session) -> None:
    flow = hand.flow(make_call(session))
    flow.begin()
    flow.answer(make_answer(200, "session=newer"))
    assert session.held.value == "newer"


def test_a_401_s_session_is_not(hand: Hand, session: Session) -> None:
    flow = hand.flow(make_call(session))
    flow.begin()
    assert flow.answer(make_answer(401, "session=newer")) == "session=login1"


def test_answers_that_overtake_each_other_leave_the_newest_session(
    hand: Hand, session: Session
) -> None:
    early, late = hand.flow(make_call(session)), hand.flow(make_call(session))
    early.begin()
    late.begin()
    late.answer(make_answer(200, "session=late"))
    early.answer(make_answer(200, "session=early"))
    assert session.held.value == "late"


def test_an_answer_that_arrives_after_a_login_does_not_replace_its_session(
    hand: Hand, session: Session
) -> None:
    slow, flow = hand.flow(make_call(session)), hand.flow(make_call(session))
    slow.begin()
    flow.begin()
    flow.answer(make_answer(401))
    slow.answer(make_answer(200, "session=old"))
    assert session.held.value == "login1"


def test_a_login_s_session_counts_whatever_came_meanwhile(
    hand: Hand, session: Session, logins: Logins
) -> None:
    logins.next.append(lambda: session.adopt(SessionCookie("rolled"), 0.0, sent_with=0))
    flow = hand.flow(make_call(session))
    flow.begin()
    assert flow.answer(make_answer(401)) == "session=login1"


def test_a_401_is_read_and_closed_before_the_renewal(
    hand: Hand, session: Session, logins: Logins
) -> None:
    """With a pool of one connection the login would wait for it for ever."""
    response = make_answer(401)
    closed: list[bool] = []
    logins.next.append(lambda: closed.append(response.is_closed or response.stream is not body))
    body = response.stream
    flow = hand.flow(make_call(session))
    flow.begin()
    flow.answer(response)
    assert closed == [True]


def test_what_was_answered_401_was_not_processed(
    hand: Hand, session: Session, logins: Logins
) -> None:
    call = make_call(session)
    sent: list[bool] = []
    logins.next.append(lambda: sent.append(call.sent))
    flow = hand.flow(call)
    flow.begin()
    call.sent = True  # as the transport notes when it asks for the body
    flow.answer(make_answer(401))
    assert sent == [False]


def test_what_a_login_left_no_time_for_is_not_sent(
    hand: Hand, session: Session, logins: Logins
) -> None:
    session.adopt(SessionCookie(""), 0.0, sent_with=None)
    call = make_call(session, deadline=0.05)
    logins.next.append(lambda: time.sleep(0.1))
    with pytest.raises(APITimeoutError, match="deadline"):
        hand.flow(call).begin()


def test_a_failed_renewal_is_raised_and_shared_by_all_that_had_begun(
    hand: Hand, session: Session, logins: Logins
) -> None:
    logins.next.append(AuthError("no", status_code=403))
    flows = [hand.flow(make_call(session)) for _ in range(3)]
    for flow in flows:
        flow.begin()
    for flow in flows:
        with pytest.raises(AuthError, match="no"):
            flow.answer(make_answer(401))
    assert logins.made == 1


def test_the_next_call_renews_and_those_that_had_begun_go_with_it(
    hand: Hand, session: Session, logins: Logins
) -> None:
    logins.next.append(AuthError("no"))
    first, late = hand.flow(make_call(session)), hand.flow(make_call(session))
    first.begin()
    late.begin()
    with pytest.raises(AuthError):
        first.answer(make_answer(401))
    following = hand.flow(make_call(session))
    following.begin()
    assert following.answer(make_answer(401)) == "session=login2"
    assert late.answer(make_answer(401)) == "session=login2"


def test_a_failure_after_the_leader_s_deadline_is_its_own(
    hand: Hand, session: Session, logins: Logins
) -> None:
    """The others have more time: one of them tries."""
    hasty, patient = make_call(session), make_call(session)
    logins.next.append(APIConnectionError("too late"))
    flows = [hand.flow(hasty), hand.flow(patient)]
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
    hand = BlockingHand(session, logins)
    flows = [hand.flow(make_call(session)) for _ in range(2)]
    for flow in flows:
        flow.begin()
    with pytest.raises(KeyboardInterrupt):
        flows[0].answer(make_answer(401))
    assert flows[1].answer(make_answer(401)) == "session=login2"


@pytest.fixture(params=["asyncio", "trio"])
def left_behind(request: Any, session: Session, logins: Logins) -> Iterator[AsyncHand]:
    """Give a hand whose renewal was under way when its event loop went away, now on another."""

    async def begin_renewal() -> AsyncFlight:
        return AsyncFlight()

    with start_blocking_portal("asyncio") as portal:
        flight = portal.call(begin_renewal)
    with start_blocking_portal(request.param) as portal:
        hand = AsyncHand(portal, session, logins)
        hand.auth._flight = flight
        yield hand
        hand.close()


def test_a_renewal_that_another_loop_left_behind_holds_nobody_up(
    left_behind: AsyncHand, session: Session
) -> None:
    flow = left_behind.flow(make_call(session))
    flow.begin()
    assert flow.answer(make_answer(401)) == "session=login1"


def test_nor_does_it_keep_a_session_from_being_renewed_ahead_of_time(
    left_behind: AsyncHand, session: Session
) -> None:
    session.adopt(SessionCookie("due", lifetime=100.0), time.monotonic() - 95.0, sent_with=None)
    assert left_behind.flow(make_call(session)).begin() == "session=login1"
