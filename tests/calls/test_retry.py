"""Which failure is tried again, and after how long: the design's table, and Retry-After."""

import itertools
import random

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liminal._calls.retry import (
    Fault,
    TokenBucket,
    delay_before_retry,
    is_retryable,
    may_have_acted,
    parse_retry_after,
)

# outcome, Retry-After; whether a repeatable call is tried again, and another
TABLE = [
    (Fault.UNSENT, None, True, True),
    (Fault.LOST, None, True, False),
    (429, None, True, True),
    (429, 5.0, True, True),
    (503, 5.0, True, True),
    (503, 0.0, True, True),
    (503, None, True, False),
    (408, None, True, False),
    (408, 5.0, True, False),
    (500, None, True, False),
    (500, 5.0, True, False),
    (502, None, True, False),
    (504, None, True, False),
    *((status, None, False, False) for status in (301, 302, 307, 400, 401, 403, 404, 409)),
    *((status, 5.0, False, False) for status in (413, 422, 425, 501, 505, 599)),
]


@pytest.mark.parametrize(("outcome", "retry_after", "repeatable", "once"), TABLE)
def test_the_table_says_what_is_tried_again(outcome, retry_after, repeatable, once):
    assert is_retryable(outcome, repeatable=True, retry_after=retry_after) is repeatable
    assert is_retryable(outcome, repeatable=False, retry_after=retry_after) is once


@pytest.mark.parametrize(
    ("retry_after", "acted"), [(None, {408, 500, 502, 503, 599}), (5.0, {408, 500, 502, 599})]
)
def test_the_service_may_have_acted_unless_it_turned_the_request_away(retry_after, acted):
    statuses = {400, 404, 407, 408, 409, 429, 499, 500, 502, 503, 599}
    assert {one for one in statuses if may_have_acted(one, retry_after)} == acted


def longest(low: float, high: float) -> float:
    assert low == 0
    return high


def test_the_wait_doubles_from_half_a_second_up_to_eight():
    waits = [
        delay_before_retry(n, rate_limited=False, retry_after=None, uniform=longest)
        for n in range(6)
    ]
    assert waits == [0.5, 1, 2, 4, 8, 8]


def test_the_wait_after_any_number_of_tries_is_still_a_number():
    wait = delay_before_retry(10**9, rate_limited=False, retry_after=None, uniform=longest)
    assert wait == 8


def test_a_rate_limit_waits_from_a_second():
    waits = [
        delay_before_retry(n, rate_limited=True, retry_after=None, uniform=longest)
        for n in range(6)
    ]
    assert waits == [1, 2, 4, 8, 8, 8]


@given(st.integers(0, 10**9), st.booleans(), st.integers())
def test_the_wait_is_random_and_never_longer_than_eight_seconds(retry, rate_limited, seed):
    uniform = random.Random(seed).uniform
    wait = delay_before_retry(retry, rate_limited=rate_limited, retry_after=None, uniform=uniform)
    assert wait is not None
    assert 0 <= wait <= 8


@pytest.mark.parametrize("seconds", [0.0, 0.5, 59.9, 60.0])
def test_retry_after_is_obeyed_to_the_letter(seconds):
    assert delay_before_retry(0, rate_limited=True, retry_after=seconds) == seconds


@pytest.mark.parametrize("seconds", [60.1, 3600.0])
def test_nobody_waits_for_more_than_a_minute(seconds):
    assert delay_before_retry(0, rate_limited=True, retry_after=seconds) is None


NOW = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        (None, NOW, None),
        ("0", None, 0.0),
        ("120", None, 120.0),
        (" 7 ", None, 7.0),
        ("1.5", None, 1.5),
        ("3600", None, 3600.0),
        # A date counts from the answer's own, whatever the clock here says.
        ("Wed, 21 Oct 2015 07:28:30 GMT", NOW, 30.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", NOW, 0.0),
        ("Wed, 21 Oct 2015 09:28:30 +0200", NOW, 30.0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", None, None),
        ("Wed, 21 Oct 2015 07:28:30 GMT", "yesterday", None),
        ("Wed, 21 Oct 2015 07:28:30 -0000", NOW, None),
        # No instruction.
        ("Wed, 21 Oct 2015 07:27:30 GMT", NOW, None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", NOW, None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", NOW, None),
        ("soon", NOW, None),
        ("", NOW, None),
        ("NaN", NOW, None),
        ("nan", NOW, None),
        ("-1", NOW, None),
        ("-0.001", NOW, None),
        ("inf", NOW, None),
        ("1e400", NOW, None),
        ("99999999999", NOW, None),
        ("9" * 5000, NOW, None),
        ("0x10", NOW, None),
        ("1_0", NOW, None),
        ("5e1", NOW, None),
        ("+5", NOW, None),
        (".5", NOW, None),
        ("5.", NOW, None),
        ("infinity", NOW, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(value, date, seconds):
    headers = {"retry-after": value, "date": date}
    given_headers = {name: text for name, text in headers.items() if text is not None}
    assert parse_retry_after(httpx.Headers(given_headers)) == seconds


@given(st.text(), st.text())
@example("Mon, 01 Jan 0001 00:00:00 +2359", NOW)
@example("Mon, 01 Jan 2015 00:00:00 +999999999999", NOW)
def test_any_header_gives_a_sane_wait_or_none(value, date):
    headers = httpx.Headers({"retry-after": value, "date": date}, encoding="utf-8")
    seconds = parse_retry_after(headers)
    assert seconds is None or 0 <= seconds <= 1e9


def test_a_full_bucket_pays_for_a_hundred_retries():
    bucket = TokenBucket()
    assert sum(itertools.takewhile(bool, iter(bucket.take, None))) == 100
    assert not bucket.take()


def test_five_good_calls_earn_a_retry():
    bucket = TokenBucket()
    bucket.tokens = 0
    for _ in range(4):
        bucket.give_back()
    assert not bucket.take()
    bucket.give_back()
    assert bucket.take()


def test_a_bucket_never_holds_more_than_it_can():
    bucket = TokenBucket()
    bucket.give_back()
    assert bucket.tokens == TokenBucket.CAPACITY
