"""The newest session that a client holds: generations, expiry, failed renewals. Values alone."""

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal._session.state import Session, SessionCookie, SessionSnapshot
from liminal.errors import APIStatusError, AuthError, LiminalError


def cookie(value: str = "new", lifetime: float | None = None) -> SessionCookie:
    return SessionCookie(value, lifetime)


def snapshot_with(lifetime: float | None) -> SessionSnapshot:
    session = Session("old")
    session.adopt(cookie(lifetime=lifetime), 1000.0, sent_with=None)
    return session.snapshot


# Generations


def test_a_session_begins_with_the_value_it_was_given() -> None:
    assert Session("old").snapshot.value == "old"
    assert Session().snapshot.value is None


def test_an_answer_to_a_request_of_the_same_generation_is_adopted() -> None:
    session = Session("old")
    session.adopt(cookie(), 0.0, sent_with=session.snapshot.generation)
    assert session.snapshot.value == "new"


def test_every_adoption_is_a_new_generation_even_of_the_same_value() -> None:
    session = Session("same")
    generations = [session.snapshot.generation]
    for sent_with in (None, session.snapshot.generation + 1):
        session.adopt(cookie("same"), 0.0, sent_with=sent_with)
        generations.append(session.snapshot.generation)
    assert generations == sorted(set(generations))
    assert len(generations) == 3


def test_an_answer_to_a_request_of_an_older_generation_is_not_adopted() -> None:
    session = Session("first")
    before = session.snapshot
    session.adopt(cookie("second"), 0.0, sent_with=before.generation)
    session.adopt(cookie("late"), 0.0, sent_with=before.generation)
    assert session.snapshot.value == "second"


def test_the_end_of_another_cookie_of_that_name_does_not_end_the_session() -> None:
    session = Session("given")
    session.adopt(SessionCookie("new", None, ("host", "/")), 0.0, sent_with=0)
    session.adopt(SessionCookie("", 0.0, ("host", "/api")), 0.0, sent_with=1)
    assert session.snapshot.value == "new"
    session.adopt(SessionCookie("", 0.0, ("host", "/")), 0.0, sent_with=1)
    assert session.snapshot.value is None


@pytest.mark.parametrize("paths", [("", "/"), ("/", ""), ("/api", ""), ("", "")])
def test_an_end_counts_where_either_has_no_path(paths: tuple[str, str]) -> None:
    session = Session()
    session.adopt(SessionCookie("new", None, ("host", paths[0])), 0.0, sent_with=None)
    session.adopt(SessionCookie("", 0.0, ("host", paths[1])), 0.0, sent_with=1)
    assert session.snapshot.value is None


def test_any_end_counts_for_a_session_id_that_was_given() -> None:
    session = Session("given")
    session.adopt(SessionCookie("", 0.0, ("host", "/api")), 0.0, sent_with=0)
    assert session.snapshot.value is None


def test_a_login_s_answer_always_counts() -> None:
    session = Session("first")
    session.adopt(cookie("second"), 0.0, sent_with=0)
    session.adopt(cookie("login"), 0.0, sent_with=None)
    assert session.snapshot.value == "login"


@given(st.lists(st.integers(0, 6), max_size=30))
def test_in_whatever_order_answers_arrive_no_older_session_comes_back(order: list[int]) -> None:
    """Seven requests leave, each with the session of its time; their answers come back shuffled."""
    session = Session("0")
    newest = 0
    for sent_with in order:
        at_sending = min(sent_with, session.snapshot.generation)
        session.adopt(cookie(str(session.snapshot.generation + 1)), 0.0, sent_with=at_sending)
        assert int(session.snapshot.value or 0) >= newest
        newest = int(session.snapshot.value or 0)


# Its end


def test_an_empty_cookie_ends_the_session() -> None:
    session = Session("old")
    session.adopt(cookie(""), 0.0, sent_with=0)
    assert session.snapshot.value is None
    assert not session.snapshot.serves(0.0)


def test_a_cookie_that_has_expired_ends_the_session() -> None:
    assert snapshot_with(lifetime=0.0).value is None
    assert snapshot_with(lifetime=-5.0).value is None


def test_without_a_lifetime_a_session_serves_and_is_never_due() -> None:
    snapshot = snapshot_with(lifetime=None)
    assert snapshot.serves(math.inf) is False
    assert snapshot.serves(1e12)
    assert not snapshot.is_due(1e12)


def test_a_session_serves_until_its_lifetime_has_passed() -> None:
    snapshot = snapshot_with(lifetime=100.0)
    assert snapshot.serves(1099.9)
    assert not snapshot.serves(1100.0)


@pytest.mark.parametrize(
    ("lifetime", "due"), [(100.0, 1090.0), (600.0, 1540.0), (86400.0, 87340.0), (1.0, 1000.9)]
)
def test_renewal_is_due_a_tenth_of_the_lifetime_before_the_end_but_a_minute_at_most(
    lifetime: float, due: float
) -> None:
    snapshot = snapshot_with(lifetime=lifetime)
    assert not snapshot.is_due(due - 0.05)
    assert snapshot.is_due(due + 0.05)


def test_a_lifetime_beyond_all_bounds_is_never_due() -> None:
    assert not snapshot_with(lifetime=math.inf).is_due(1e300)


def test_a_postponed_renewal_is_due_when_half_of_what_is_left_has_passed() -> None:
    session = Session("old")
    session.adopt(cookie(lifetime=100.0), 1000.0, sent_with=None)
    session.postpone(session.snapshot, 1090.0)
    assert not session.snapshot.is_due(1094.9)
    assert session.snapshot.is_due(1095.1)
    assert session.snapshot.serves(1099.9)


def test_it_is_postponed_by_a_second_at_least() -> None:
    session = Session("old")
    session.adopt(cookie(lifetime=100.0), 1000.0, sent_with=None)
    session.postpone(session.snapshot, 1099.9)
    assert not session.snapshot.is_due(1100.8)


def test_a_session_that_came_in_between_is_not_postponed() -> None:
    session = Session("old")
    session.adopt(cookie(lifetime=100.0), 1000.0, sent_with=None)
    before = session.snapshot
    session.adopt(cookie("newer", lifetime=3600.0), 1090.0, sent_with=before.generation)
    newer = session.snapshot
    session.postpone(before, 1090.0)
    assert session.snapshot == newer


# Failed renewals


def test_the_calls_that_had_begun_when_a_renewal_failed_share_its_error() -> None:
    session = Session()
    before, error = session.begin_call(), AuthError("no", status_code=403)
    session.fail(error)
    shared = session.failure_for(before)
    assert isinstance(shared, AuthError)
    assert (str(shared), shared.status_code) == ("no", 403)


def test_a_call_that_begins_later_does_not() -> None:
    session = Session()
    session.fail(AuthError("no"))
    assert session.failure_for(session.begin_call()) is None


def test_nobody_does_once_there_is_a_newer_session() -> None:
    session = Session()
    call = session.begin_call()
    session.fail(AuthError("no"))
    session.adopt(cookie(), 0.0, sent_with=None)
    assert session.failure_for(call) is None


def test_without_a_failed_renewal_there_is_no_error() -> None:
    session = Session()
    assert session.failure_for(session.begin_call()) is None


def test_each_call_has_an_error_of_its_own_with_all_that_the_first_one_says() -> None:
    """One exception raised in a thousand tasks would collect a thousand tracebacks."""
    session = Session()
    calls = [session.begin_call(), session.begin_call()]
    error = APIStatusError("no", status_code=503, headers={}, body=b"sorry", operation="login")
    session.fail(error)
    shared = [session.failure_for(call) for call in calls]
    assert len({id(each) for each in (error, *shared)}) == 3
    for each in shared:
        assert isinstance(each, APIStatusError)
        assert vars(each) == vars(error)
        assert each.args == error.args


def test_a_failure_that_is_kept_keeps_no_traceback() -> None:
    """Its frames hold prompts and tokens, and the session lives for weeks."""
    session = Session()
    call = session.begin_call()
    with pytest.raises(AuthError) as caught:
        raise AuthError("no")
    session.fail(caught.value)
    shared = session.failure_for(call)
    assert shared is not None
    assert shared.__traceback__ is None
    assert shared.__context__ is None


# What nobody is to see


def test_neither_a_session_nor_what_it_holds_shows_its_value() -> None:
    session = Session("secret-session")
    assert "secret-session" not in repr(session) + repr(session.snapshot)


def test_neither_can_be_pickled() -> None:
    session = Session("secret-session")
    for each in (session, session.snapshot, cookie("secret-session")):
        with pytest.raises(LiminalError, match="pickled") as caught:
            pickle.dumps(each)
        assert "secret-session" not in str(caught.value)
