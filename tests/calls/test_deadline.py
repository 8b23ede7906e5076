"""The deadline of a call: two bounds, and what pauses them."""

import math
from contextlib import ExitStack, suppress
from unittest.mock import Mock

import pytest

from liminal._http.sockets import deadline as module
from liminal._http.sockets.deadline import Deadline


class Time:
    """A monotonic clock that a test moves."""

    now = 5000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(module, "monotonic", time)
    return time


def begun(call_seconds: float | None, try_seconds: float | None) -> Deadline:
    deadline = Deadline(call_seconds=call_seconds, try_seconds=try_seconds)
    deadline.begin_try()
    return deadline


@pytest.mark.parametrize(
    ("call_seconds", "try_seconds", "whole", "nearer"),
    [
        (None, None, math.inf, math.inf),
        (1000, 100, 1000, 100),
        (100, 1000, 100, 100),
        (None, 100, math.inf, 100),
    ],
)
@pytest.mark.usefixtures("time")
def test_the_nearer_bound_counts_once_it_has_begun(call_seconds, try_seconds, whole, nearer):
    deadline = Deadline(call_seconds=call_seconds, try_seconds=try_seconds)
    assert deadline.left() == deadline.call_left() == whole
    deadline.begin_try()
    assert (deadline.left(), deadline.call_left()) == (nearer, whole)


def test_each_try_has_its_full_time(time):
    deadline = begun(1000, 100)
    time.now += 101
    assert (deadline.left(), deadline.call_left()) == (-1, 899)
    deadline.begin_try()
    assert (deadline.left(), deadline.call_left()) == (100, 899)


@pytest.mark.parametrize(
    ("stops", "within", "after"),
    [
        (["try_paused"], 1000 - 200, (90, 1000 - 210)),
        (["paused"], math.inf, (90, 990)),
        (["try_paused", "paused", "paused"], math.inf, (90, 990)),
    ],
)
@pytest.mark.parametrize("error", [[], [ZeroDivisionError]])
def test_bounds_are_paused_within_a_block_and_go_on_after_it(time, stops, within, after, error):
    deadline = begun(1000, 100)
    with suppress(*error), ExitStack() as stack:
        for stop in stops:
            stack.enter_context(getattr(deadline, stop)())
        time.now += 200
        assert deadline.left() == within
        for kind in error:
            raise kind
    time.now += 10
    assert (deadline.left(), deadline.call_left()) == after
    assert deadline.waited == 200


@pytest.mark.usefixtures("time")
def test_a_pause_moves_the_limit_that_enforces_the_deadline():
    deadline, limit = begun(1000, 100), Mock()
    deadline.limit = limit
    with deadline.paused():
        assert limit.move.call_args.args == (math.inf,)
    assert limit.move.call_args.args == (100,)
    assert (deadline.ends_within(100), deadline.ends_within(99)) == (True, False)

    deadline.limit = None
    limit.reset_mock()
    with deadline.paused():
        pass
    assert not limit.move.called
    assert not deadline.ends_within(100)


def test_a_cancelled_deadline_stays_cancelled_while_it_is_paused_and_after():
    deadline = begun(1000, 100)
    with deadline.paused():
        deadline.cancel()
        assert deadline.left() == deadline.call_left() == -math.inf
    deadline.begin_try()
    assert deadline.left() == deadline.call_left() == -math.inf


@pytest.mark.parametrize(
    ("when", "is_cancelled"), [("before", True), ("within", True), ("after", False)]
)
def test_a_call_within_one_that_is_cancelled_is_cancelled_with_it(when, is_cancelled):
    outer, inner = begun(None, None), begun(None, None)
    if when == "before":
        outer.cancel()
    with outer.cancelling(inner):
        if when == "within":
            outer.cancel()
        assert inner.is_cancelled is is_cancelled
    outer.cancel()
    assert inner.is_cancelled is is_cancelled
