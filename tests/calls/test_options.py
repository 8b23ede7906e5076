"""A client's settings are checked where they are given, and turned into waits."""

import math

import httpx
import pytest

from liminal import SyncClient
from liminal._calls.arguments.options import Options
from liminal.errors import LiminalError

NOT_SECONDS = [0, -1, 0.0, 1e9, math.nan, math.inf, -math.inf, "5", True, False, object(), [5]]
NOT_COUNTS = [-1, 0.5, 1.0, "1", None, True, math.nan]


def options_of(**options) -> Options:
    return SyncClient("https://api.example", **options)._options


def test_a_try_may_take_a_minute_and_a_call_two():
    options = options_of()
    assert (options.timeout, options.deadline, options.max_retries) == (60, 120, 2)
    assert options.max_body_bytes == 64 * 1024 * 1024
    assert options.max_event_bytes == 1024 * 1024


@pytest.mark.parametrize("name", ["timeout", "deadline"])
@pytest.mark.parametrize("value", NOT_SECONDS)
def test_what_is_no_positive_number_of_seconds_is_refused(name, value):
    with pytest.raises(LiminalError, match=f"{name} must be a positive number of seconds"):
        options_of(**{name: value})


@pytest.mark.parametrize("name", ["max_retries", "max_body_bytes", "max_event_bytes"])
@pytest.mark.parametrize("value", NOT_COUNTS)
def test_what_is_no_count_is_refused(name, value):
    with pytest.raises(LiminalError, match=f"{name} must be a whole number"):
        options_of(**{name: value})


@pytest.mark.parametrize("name", ["max_body_bytes", "max_event_bytes"])
def test_a_limit_of_no_bytes_is_refused(name):
    with pytest.raises(LiminalError, match=f"{name} must be a whole number, 1 or more"):
        options_of(**{name: 0})


def test_a_client_refuses_wrong_options_when_it_is_made():
    with pytest.raises(LiminalError, match="timeout must be"):
        SyncClient("https://api.example", timeout=-1)


@pytest.mark.parametrize(("timeout", "connect"), [(60, 5.0), (60.5, 5.0), (2, 2), (5, 5)])
def test_connecting_may_take_five_seconds_of_the_timeout(timeout, connect):
    waits = options_of(timeout=timeout).waits
    assert waits == {"connect": connect, "read": timeout, "write": timeout, "pool": timeout}


def test_no_timeout_is_no_timeout():
    options = options_of(timeout=None)
    assert set(options.waits.values()) == {None}
    assert options.try_seconds is None


def test_an_httpx_timeout_is_taken_part_by_part():
    options = options_of(timeout=httpx.Timeout(7, connect=None, read=1))
    assert options.waits == {"connect": None, "read": 1, "write": 7, "pool": 7}
    assert options.try_seconds is None


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, 1e12])
@pytest.mark.parametrize("part", ["connect", "read", "write", "pool"])
def test_the_parts_of_an_httpx_timeout_are_checked(part, value):
    with pytest.raises(LiminalError, match=rf"timeout\.{part} must be a positive number"):
        options_of(timeout=httpx.Timeout(5, **{part: value}))


def test_seconds_bound_the_whole_try():
    assert options_of(timeout=7).try_seconds == 7


def test_some_options_can_be_changed():
    changed = options_of(timeout=7, max_retries=5).changed({"timeout": 3, "deadline": None})
    assert (changed.timeout, changed.deadline, changed.max_retries) == (3, None, 5)
    assert changed.waits["read"] == 3


def test_a_changed_option_is_checked_as_well():
    with pytest.raises(LiminalError, match="max_retries must be"):
        options_of().changed({"max_retries": -1})


@pytest.mark.parametrize("name", ["retries", "waits", "auth"])
def test_an_option_that_is_none_is_refused_with_the_names_that_are(name):
    with pytest.raises(
        LiminalError, match=rf"no such option: {name}; there are deadline, headers, max_bod"
    ):
        options_of().changed({name: 5})
