"""The newest session that a client holds: generations, expiry, failed renewals. Values alone."""

import math
import pickle

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal._session.state import Session, SessionCookie, SessionSnapshot
from liminal.errors import APIStatusError, AuthError, LiminalError


def adopted(cookie: SessionCookie, now: float = 1000.0) -> Session:
    """Make a session that came from a login."""
    session = Session("old")
    session.adopt(cookie, now, sent_with=None)
    return session


# Generations


def test_every_adoption_is_a_new_generation_even_of_the_same_value():
    session = Session("same")
    numbers = [(session.snapshot.generation, session.snapshot.login)]
    for sent_with in (None, 1, None):
        session.adopt(SessionCookie("same"), 0.0, sent_with=sent_with)
        numbers.append((session.snapshot.generation, session.snapshot.login))
    assert numbers == [(0, 0), (1, 1), (2, 1), (3, 2)]


@pytest.mark.parametrize(
    ("sent_with", "value"), [(0, "first"), (1, "late"), (2, "first"), (None, "late")]
)
def test_only_answers_to_the_newest_session_count_and_logins_always(sent_with, value):
    session = adopted(SessionCookie("first"))
    session.adopt(SessionCookie("late"), 0.0, sent_with=sent_with)
    assert session.snapshot.value == value


@given(st.lists(st.integers(0, 6), max_size=30))
def test_in_whatever_order_answers_arrive_no_older_session_comes_back(order):
    """Seven requests leave, each with the session of its time; their answers come back shuffled."""
    session, newest = Session("0"), 0
    for sent_with in order:
        at_sending = min(sent_with, session.snapshot.generation)
        cookie = SessionCookie(str(session.snapshot.generation + 1))
        session.adopt(cookie, 0.0, sent_with=at_sending)
        assert int(session.snapshot.value or 0) >= newest
        newest = int(session.snapshot.value or 0)


# Its end


@pytest.mark.parametrize(
    ("place", "deletion", "ends"),
    [
        (("host", "/"), ("host", "/"), True),
        (("host", "/"), ("host", "/api"), False),
        (("host", "/"), ("above", "/"), False),
        (("host", ""), ("host", "/"), True),
        (("host", "/"), ("host", ""), True),
        (("host", ""), ("host", ""), True),
        (None, ("host", "/api"), True),  # a session id that was given, whose place nobody knows
    ],
)
def test_a_deletion_ends_the_cookie_of_its_own_domain_and_path(place, deletion, ends):
    session = Session("given")
    if place:
        session.adopt(SessionCookie("given", None, place), 0.0, sent_with=0)
    generation = session.snapshot.generation
    session.adopt(SessionCookie("", 0.0, deletion), 0.0, sent_with=generation)
    assert session.snapshot.value == (None if ends else "given")
    assert session.snapshot.serves(0.0) is not ends


@pytest.mark.parametrize(
    ("lifetime", "due", "ends"),
    [
        (1.0, 1000.9, 1001.0),
        (100.0, 1090.0, 1100.0),
        (600.0, 1540.0, 1600.0),
        (86400.0, 87340.0, 87400.0),
        (math.inf, math.inf, math.inf),
        (None, math.inf, math.inf),
    ],
)
def test_a_session_is_due_a_tenth_of_its_lifetime_but_at_most_a_minute_early(lifetime, due, ends):
    snapshot = adopted(SessionCookie("new", lifetime)).snapshot
    assert snapshot.due == pytest.approx(due)
    assert (snapshot.serves(min(ends - 0.01, 1e300)), snapshot.serves(ends)) == (True, False)


@pytest.mark.parametrize(("failed", "due"), [(1090.0, 1095.0), (1099.9, 1100.9)])
def test_a_postponed_renewal_is_due_after_half_the_rest_but_at_least_a_second(failed, due):
    session = adopted(SessionCookie("new", 100.0))
    session.postpone(session.snapshot, failed)
    assert session.snapshot.due == pytest.approx(due)
    assert session.snapshot.serves(1099.9)


def test_a_session_that_came_in_between_is_not_postponed():
    session = adopted(SessionCookie("new", 100.0))
    before = session.snapshot
    session.adopt(SessionCookie("newer", 3600.0), 1090.0, sent_with=before.generation)
    newer = session.snapshot
    session.postpone(before, 1090.0)
    assert session.snapshot == newer


@pytest.mark.parametrize(
    ("brought_by", "again", "serves"),
    [
        ("nobody", False, False),
        ("an answer", False, True),
        ("an answer", True, False),
        ("a login", True, True),
    ],
)
def test_a_session_serves_until_refused_and_a_login_until_refused_twice(brought_by, again, serves):
    session = adopted(SessionCookie("new"))
    refused = session.snapshot
    if brought_by != "nobody":
        sent_with = refused.generation if brought_by == "an answer" else None
        session.adopt(SessionCookie("newer"), 0.0, sent_with=sent_with)
    session.refuse(refused, again=again)
    assert session.snapshot.serves(0.0) is serves
    session.adopt(SessionCookie("rolled"), 0.0, sent_with=session.snapshot.generation)
    assert session.snapshot.serves(0.0) is serves
    session.adopt(SessionCookie("login"), 0.0, sent_with=None)
    assert session.snapshot.serves(0.0)


# Failed renewals


def test_only_calls_that_had_begun_when_a_renewal_failed_share_its_error():
    session = Session()
    before = next(session.call_numbers)
    assert session.failure_for(before) is None
    session.fail(AuthError("no"))
    assert session.failure_for(before) is not None
    assert session.failure_for(next(session.call_numbers)) is None
    session.adopt(SessionCookie("new"), 0.0, sent_with=None)
    assert session.failure_for(before) is None


def test_each_call_has_a_copy_of_the_error_without_its_traceback():
    """A shared one would collect a thousand tracebacks, whose frames hold prompts and tokens."""
    session = Session()
    calls = [next(session.call_numbers), next(session.call_numbers)]
    error = APIStatusError(
        "no", status_code=503, headers=httpx.Headers(), body=b"sorry", operation="login"
    )
    with pytest.raises(APIStatusError):
        raise error
    session.fail(error)
    shared = [session.failure_for(call) for call in calls]
    assert len({id(each) for each in (error, *shared)}) == 3
    for each in shared:
        assert isinstance(each, APIStatusError)
        assert (vars(each), each.args) == (vars(error), error.args)
        assert (each.__traceback__, each.__context__) == (None, None)


# Secrecy


@pytest.mark.parametrize(
    "part", [Session("secret"), SessionSnapshot("secret", 0), SessionCookie("secret")]
)
def test_no_value_of_a_session_is_shown_or_pickled(part):
    assert "secret" not in repr(part)
    with pytest.raises(LiminalError, match="can't be pickled") as caught:
        pickle.dumps(part)
    assert "is a secret" in str(caught.value)
