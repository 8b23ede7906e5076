"""The clock of a call: two bounds, and what makes them stand still."""

import math
from contextlib import ExitStack, suppress
from unittest.mock import Mock

import pytest

from liminal._http.sockets import clock as module
from liminal._http.sockets.clock import Clock


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


def begun(call_seconds: float | None, try_seconds: float | None) -> Clock:
    clock = Clock(call_seconds=call_seconds, try_seconds=try_seconds)
    clock.begin_try()
    return clock


@pytest.mark.parametrize(
    ("call_seconds", "try_seconds", "deadline", "nearer"),
    [
        (None, None, math.inf, math.inf),
        (1000, 100, 1000, 100),
        (100, 1000, 100, 100),
        (None, 100, math.inf, 100),
    ],
)
@pytest.mark.usefixtures("time")
def test_the_nearer_bound_counts_and_a_try_s_only_once_it_has_begun(
    call_seconds, try_seconds, deadline, nearer
):
    clock = Clock(call_seconds=call_seconds, try_seconds=try_seconds)
    assert clock.left() == clock.call_left() == deadline
    clock.begin_try()
    assert (clock.left(), clock.call_left()) == (nearer, deadline)


def test_a_new_try_has_all_its_time_again(time):
    clock = begun(1000, 100)
    time.now += 101
    assert (clock.left(), clock.call_left()) == (-1, 899)
    clock.begin_try()
    assert (clock.left(), clock.call_left()) == (100, 899)


@pytest.mark.parametrize(
    ("stops", "within", "after"),
    [
        (["try_stopped"], 1000 - 200, (90, 1000 - 210)),
        (["stopped"], math.inf, (90, 990)),
        (["try_stopped", "stopped", "stopped"], math.inf, (90, 990)),
    ],
)
@pytest.mark.parametrize("error", [[], [ZeroDivisionError]])
def test_bounds_stand_still_within_a_block_and_go_on_after_it(time, stops, within, after, error):
    clock = begun(1000, 100)
    with suppress(*error), ExitStack() as stack:
        for stop in stops:
            stack.enter_context(getattr(clock, stop)())
        time.now += 200
        assert clock.left() == within
        for kind in error:
            raise kind
    time.now += 10
    assert (clock.left(), clock.call_left()) == after
    assert clock.waited == 200


@pytest.mark.usefixtures("time")
def test_what_enforces_the_clock_is_moved_when_it_stops_and_goes_on():
    clock, limit = begun(1000, 100), Mock()
    clock.limit = limit
    with clock.stopped():
        assert limit.move.call_args.args == (math.inf,)
    assert limit.move.call_args.args == (100,)
    assert (clock.ends_within(100), clock.ends_within(99)) == (True, False)

    clock.limit = None
    limit.reset_mock()
    with clock.stopped():
        pass
    assert not limit.move.called
    assert not clock.ends_within(100)


def test_a_clock_that_was_cut_stays_cut_while_it_stands_still_and_after():
    clock = begun(1000, 100)
    with clock.stopped():
        clock.cut()
        assert clock.left() == clock.call_left() == -math.inf
    clock.begin_try()
    assert clock.left() == clock.call_left() == -math.inf


@pytest.mark.parametrize(("when", "is_cut"), [("before", True), ("within", True), ("after", False)])
def test_a_call_within_one_that_is_cut_is_cut_with_it(when, is_cut):
    outer, inner = begun(None, None), begun(None, None)
    if when == "before":
        outer.cut()
    with outer.cutting(inner):
        if when == "within":
            outer.cut()
        assert inner.is_cut is is_cut
    outer.cut()
    assert inner.is_cut is is_cut
