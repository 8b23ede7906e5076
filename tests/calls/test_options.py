"""A client's settings are checked where they are given, and turned into waits."""

import math

import httpx
import pytest

from liminal import SyncClient
from liminal._calls.arguments.options import Options
from liminal.errors import LiminalError

NOT_SECONDS = [0, -1, 0.0, 1e9, math.nan, math.inf, -math.inf, 10**400, "5", True, object(), [5]]
NOT_COUNTS = [-1, 0.5, 1.0, "1", None, True, math.nan]


def options_of(**options) -> Options:
    return SyncClient("https://api.example", **options)._options


def test_a_try_may_take_a_minute_and_a_call_two_minutes():
    options = options_of()
    assert (options.timeout, options.deadline, options.max_retries) == (60, 120, 2)
    assert (options.max_body_bytes, options.max_event_bytes) == (64 * 1024 * 1024, 1024 * 1024)


@pytest.mark.parametrize(
    ("name", "problem", "values"),
    [
        ("timeout", "a positive number of seconds", NOT_SECONDS),
        ("deadline", "a positive number of seconds", NOT_SECONDS),
        ("max_retries", "a whole number, 0 or more", NOT_COUNTS),
        ("max_body_bytes", "a whole number, 1 or more", [*NOT_COUNTS, 0]),
        ("max_event_bytes", "a whole number, 1 or more", [*NOT_COUNTS, 0]),
    ],
)
def test_an_option_out_of_its_range_is_refused(name, problem, values):
    for value in values:
        with pytest.raises(LiminalError, match=f"{name} must be {problem}"):
            options_of(**{name: value})
        with pytest.raises(LiminalError, match=f"{name} must be {problem}"):
            options_of().changed({name: value})


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, 1e12])
@pytest.mark.parametrize("part", ["connect", "read", "write", "pool"])
def test_the_parts_of_an_httpx_timeout_are_checked(part, value):
    with pytest.raises(LiminalError, match=rf"timeout\.{part} must be a positive number"):
        options_of(timeout=httpx.Timeout(5, **{part: value}))


def test_the_least_values_are_taken():
    least = options_of(timeout=5e-324, max_retries=0, max_body_bytes=1, max_event_bytes=1)
    assert least.waits["read"] == 5e-324


# The timeout; the waits to connect, read, write, and for the pool; the bound of a try.
@pytest.mark.parametrize(
    ("timeout", "waits", "try_seconds"),
    [
        (60, (5.0, 60, 60, 60), 60),
        (2, (2, 2, 2, 2), 2),
        (5, (5, 5, 5, 5), 5),
        (None, (None, None, None, None), None),
        (httpx.Timeout(7, connect=None, read=1), (None, 1, 7, 7), None),
        (httpx.Timeout(7, read=9), (7, 9, 7, 7), None),
    ],
)
def test_a_timeout_bounds_each_wait_and_connecting_takes_five_seconds(timeout, waits, try_seconds):
    options = options_of(timeout=timeout)
    assert options.waits == dict(zip(("connect", "read", "write", "pool"), waits, strict=True))
    assert options.try_seconds == try_seconds


def test_some_options_can_be_changed():
    changed = options_of(timeout=7, max_retries=5).changed({"timeout": 3, "deadline": None})
    assert (changed.timeout, changed.deadline, changed.max_retries) == (3, None, 5)
    assert changed.waits["read"] == 3


@pytest.mark.parametrize("name", ["retries", "waits", "auth"])
def test_an_unknown_option_is_refused_with_the_names_of_all(name):
    with pytest.raises(
        LiminalError, match=rf"no such option: {name}; the options are deadline, headers, max_bod"
    ):
        options_of().changed({name: 5})
