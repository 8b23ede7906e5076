"""Which failure is retried, and after how long: the design's table, and Retry-After."""

import itertools

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liminal._calls.call import Fault
from liminal._calls.retry import (
    TokenBucket,
    delay_before_retry,
    is_retryable,
    may_have_acted,
    parse_retry_after,
)


# outcome, Retry-After; whether a repeatable call is retried, and another
@pytest.mark.parametrize(
    ("outcome", "retry_after", "repeatable", "once"),
    [
        (Fault.UNSENT, None, True, True),
        (Fault.LOST, None, True, False),
        (429, None, True, True),
        (429, 5.0, True, True),
        (503, 5.0, True, True),
        (503, 0.0, True, True),
        *((status, None, True, False) for status in (408, 500, 502, 503, 504)),
        *((status, 5.0, True, False) for status in (408, 500)),
        *((status, None, False, False) for status in (301, 302, 307, 400, 401, 403, 404, 409)),
        *((status, 5.0, False, False) for status in (413, 422, 425, 501, 505, 599)),
    ],
)
def test_a_failure_is_retried_as_the_table_says(outcome, retry_after, repeatable, once):
    assert is_retryable(outcome, repeatable=True, retry_after=retry_after) is repeatable
    assert is_retryable(outcome, repeatable=False, retry_after=retry_after) is once


@pytest.mark.parametrize(
    ("retry_after", "acted"), [(None, {408, 500, 502, 503, 599}), (5.0, {408, 500, 502, 599})]
)
def test_the_service_may_have_acted_unless_it_turned_the_request_away(retry_after, acted):
    statuses = {400, 404, 407, 408, 409, 429, 499, 500, 502, 503, 599}
    assert {one for one in statuses if may_have_acted(one, retry_after)} == acted


@pytest.mark.parametrize(
    ("rate_limited", "longest"), [(False, [0.5, 1, 2, 4, 8, 8]), (True, [1, 2, 4, 8, 8, 8])]
)
def test_the_longest_wait_doubles_up_to_eight_seconds(rate_limited, longest):
    def delay(retry: int, uniform: object) -> float | None:
        return delay_before_retry(
            retry, rate_limited=rate_limited, retry_after=None, uniform=uniform
        )

    assert [delay(n, lambda _low, high: high) for n in (0, 1, 2, 3, 4, 10**9)] == longest
    assert delay(3, lambda low, _high: low) == 0


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [(0.0, 0.0), (0.5, 0.5), (59.9, 59.9), (60.0, 60.0), (60.1, None), (3600.0, None)],
)
def test_retry_after_is_obeyed_exactly_up_to_a_minute(seconds, wait):
    assert delay_before_retry(0, rate_limited=True, retry_after=seconds) == wait


NOW = "Wed, 21 Oct 2015 07:28:00 GMT"
NO_DELAYS = (
    *("soon", "", "NaN", "nan", "-1", "-0.001", "inf", "infinity", "1e400", "99999999999"),
    *("9" * 5000, "1000000000", "0x10", "1_0", "5e1", "+5", ".5", "5.", "1.5.5"),
    "Wed, 21 Oct 2015 07:27:30 GMT",  # in the past
    "Fri, 31 Dec 9999 23:59:59 GMT",  # absurd
    "Wed, 99 Oct 2015 07:28:00 GMT",
    "Wed, 21 Oct 2015 07:28:30 -0000",  # no time zone
)


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        (None, NOW, None),
        ("0", None, 0.0),
        ("120", None, 120.0),
        (" 7 ", None, 7.0),
        ("1.5", None, 1.5),
        ("999999999", None, 999999999.0),
        # A date counts from the answer's own, whatever the clock here says.
        ("Wed, 21 Oct 2015 07:28:30 GMT", NOW, 30.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", NOW, 0.0),
        ("Wed, 21 Oct 2015 09:28:30 +0200", NOW, 30.0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", None, None),
        ("Wed, 21 Oct 2015 07:28:30 GMT", "yesterday", None),
        *((value, NOW, None) for value in NO_DELAYS),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(value, date, seconds):
    headers = {"retry-after": value, "date": date}
    given_headers = {name: text for name, text in headers.items() if text is not None}
    assert parse_retry_after(httpx.Headers(given_headers)) == seconds


@given(st.text(), st.text())
@example("Mon, 01 Jan 0001 00:00:00 +2359", NOW)
@example("Mon, 01 Jan 2015 00:00:00 +999999999999", NOW)
def test_any_retry_after_gives_a_sane_wait_or_none(value, date):
    headers = httpx.Headers({"retry-after": value, "date": date}, encoding="utf-8")
    seconds = parse_retry_after(headers)
    assert seconds is None or 0 <= seconds <= 1e9


def test_a_full_bucket_pays_for_a_hundred_retries_and_five_good_calls_for_another():
    bucket = TokenBucket()
    bucket.give_back()  # it is full already
    assert sum(itertools.takewhile(bool, iter(bucket.take, None))) == 100
    for _ in range(4):
        bucket.give_back()
    assert not bucket.take()
    bucket.give_back()
    assert bucket.take()
    assert not bucket.take()
