"""The clock of a call: two bounds, and what makes it stand still."""

import math
import time

import pytest

from liminal._http.sockets.clock import Clock

# Times are compared within this: how long a busy machine may sleep between two lines.
SLACK = 5.0


def near(seconds: float) -> object:
    return pytest.approx(seconds, abs=SLACK)


class Recorder:
    """What a clock tells the one that enforces it."""

    def __init__(self) -> None:
        self.moves: list[float] = []

    def move(self, seconds: float) -> None:
        self.moves.append(seconds)


def test_without_bounds_there_is_all_the_time():
    clock = Clock(call_seconds=None, try_seconds=None)
    clock.begin_try()
    assert clock.left() == clock.call_left() == math.inf


def test_before_the_first_try_only_the_deadline_counts():
    assert Clock(call_seconds=1000, try_seconds=100).left() == near(1000)


def test_the_nearer_bound_counts():
    clock = Clock(call_seconds=1000, try_seconds=100)
    clock.begin_try()
    assert clock.left() == near(100)
    assert clock.call_left() == near(1000)
    short = Clock(call_seconds=100, try_seconds=1000)
    short.begin_try()
    assert short.left() == near(100)


def test_a_new_try_has_all_its_time_again():
    clock = Clock(call_seconds=None, try_seconds=0.05)
    clock.begin_try()
    time.sleep(0.06)
    assert clock.left() < 0
    clock.begin_try()
    assert clock.left() > 0


def test_while_a_try_stands_still_the_deadline_goes_on():
    clock = Clock(call_seconds=1000, try_seconds=100)
    clock.begin_try()
    with clock.try_stopped():
        assert clock.left() == near(1000)
    assert clock.left() == near(100)


def test_a_try_that_stood_still_has_as_much_time_left_as_before():
    clock = Clock(call_seconds=None, try_seconds=0.05)
    clock.begin_try()
    with clock.try_stopped():
        time.sleep(0.1)
    assert clock.left() > 0


def test_a_call_that_stood_still_has_as_much_time_left_as_before():
    clock = Clock(call_seconds=0.05, try_seconds=0.05)
    clock.begin_try()
    with clock.stopped():
        assert clock.left() == math.inf
        time.sleep(0.1)
    assert clock.call_left() > 0
    assert clock.left() > 0


def test_a_stop_within_a_stop_is_one_stop():
    clock = Clock(call_seconds=1000, try_seconds=100)
    clock.begin_try()
    with clock.try_stopped(), clock.stopped(), clock.stopped():
        assert clock.left() == math.inf
    assert clock.left() == near(100)
    assert clock.call_left() == near(1000)


def test_the_clock_goes_on_when_what_it_waited_for_failed():
    clock = Clock(call_seconds=1000, try_seconds=100)
    clock.begin_try()
    with pytest.raises(ZeroDivisionError), clock.stopped():
        raise ZeroDivisionError
    assert clock.left() == near(100)


def test_who_enforces_the_clock_hears_when_it_stops_and_goes_on():
    clock, limit = Clock(call_seconds=1000, try_seconds=100), Recorder()
    clock.begin_try()
    clock.limit = limit
    with clock.stopped():
        pass
    assert math.inf in limit.moves
    assert limit.moves[-1] == near(100)


def test_who_no_longer_enforces_the_clock_hears_nothing():
    clock, limit = Clock(call_seconds=1000, try_seconds=100), Recorder()
    clock.limit = limit
    clock.limit = None
    heard = len(limit.moves)
    with clock.stopped():
        pass
    assert len(limit.moves) == heard


def test_a_clock_that_was_cut_stays_cut_while_it_stands_still_and_after():
    clock = Clock(call_seconds=None, try_seconds=None)
    with clock.stopped():
        clock.cut()
        assert clock.left() == clock.call_left() == -math.inf
    clock.begin_try()
    assert clock.left() == clock.call_left() == -math.inf


def test_to_cut_a_clock_cuts_that_of_a_call_within_it_as_well():
    outer, inner = (Clock(call_seconds=None, try_seconds=None) for _ in range(2))
    with outer.cutting(inner):
        outer.cut()
    assert inner.is_cut


def test_a_call_within_one_that_was_cut_before_is_cut_from_its_beginning():
    outer, inner = (Clock(call_seconds=None, try_seconds=None) for _ in range(2))
    outer.cut()
    with outer.cutting(inner):
        assert inner.is_cut


def test_what_is_no_longer_within_a_call_is_not_cut_with_it():
    outer, inner = (Clock(call_seconds=None, try_seconds=None) for _ in range(2))
    with outer.cutting(inner):
        pass
    outer.cut()
    assert not inner.is_cut
