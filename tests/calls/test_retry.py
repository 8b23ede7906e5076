"""Which failure is retried, and after how long: the design's table, Retry-After, the next try."""

import itertools
import math
from types import SimpleNamespace
from unittest.mock import Mock

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liminal._calls.arguments.options import Options
from liminal._calls.call import Call, Failure, Fault
from liminal._calls.retry import (
    TokenBucket,
    delay_before_retry,
    is_refusal,
    is_retryable,
    may_have_acted,
    may_send_again,
    parse_retry_after,
    retry_after_of,
    retry_delay,
)
from liminal.errors import APIConnectionError, RateLimitError, RequestError
from liminal_api.api.prompt import analyze_prompt, submit_prompt


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


# ---- what a failed try leads to


OPTIONS = Options(
    timeout=httpx.Timeout(5), deadline=None, max_retries=2, max_body_bytes=1, max_event_bytes=1
)
LOST = Failure(APIConnectionError("lost", operation="x"), Fault.LOST)


def call(*, attempts=1, refusals=0, left=math.inf, operation=analyze_prompt.OPERATION):
    made = Call(operation, {"method": "post", "url": "/"}, OPTIONS)
    made.deadline = SimpleNamespace(call_left=lambda: left)
    made.attempts, made.refusals = attempts, refusals
    return made


def failed(outcome, seconds=None):
    headers = httpx.Headers()
    error = RateLimitError("no", status_code=429, headers=headers, retry_after=seconds)
    return Failure(error, outcome)


@pytest.fixture(autouse=True)
def longest_waits(monkeypatch):
    monkeypatch.setattr(delay_before_retry, "__kwdefaults__", {"uniform": lambda _low, high: high})


SUBMIT = {"operation": submit_prompt.OPERATION}


@pytest.mark.parametrize(
    ("failure", "made", "delay"),
    [
        (LOST, {}, 0.5),
        (LOST, {"attempts": 2}, 1),
        (LOST, {"attempts": 3}, None),
        (LOST, {"attempts": 4}, None),
        # What a bulk run waited for is no retry.
        (LOST, {"attempts": 3, "refusals": 1}, 1),
        (LOST, {"attempts": 5, "refusals": 3}, 1),
        # A rate limit without Retry-After waits from a second.
        (failed(429), {}, 1),
        (failed(429, 50.0), {}, 50.0),
        (failed(429, 61.0), {}, None),
        *((Failure(RequestError("no"), outcome), {}, None) for outcome in (None, 400, 404)),
        # What must not be repeated is retried only if it was turned away.
        (LOST, SUBMIT, None),
        (failed(429, 0.5), SUBMIT, 0.5),
        # A wait as long as what is left of the deadline is not begun.
        (failed(429, 49.9), {"left": 50.0}, 49.9),
        (failed(429, 50.0), {"left": 50.0}, None),
    ],
)
def test_a_failure_is_retried_for_tokens_or_is_the_outcome(failure, made, delay):
    bucket = TokenBucket()
    assert retry_delay(failure, call(**made), bucket) == delay
    spent = 0 if delay is None else TokenBucket.RETRY_COST
    assert bucket.spent == spent


def test_without_tokens_there_is_no_retry():
    bucket = TokenBucket()
    bucket.spent = TokenBucket.CAPACITY
    assert retry_delay(LOST, call(), bucket) is None


@pytest.mark.parametrize("uses_user_client", [False, True])
def test_a_call_counts_its_tries_and_knows_whether_one_was_sent(uses_user_client):
    made = Call(analyze_prompt.OPERATION, {}, OPTIONS)
    made.uses_user_client = uses_user_client
    made.before_sending = note = Mock()
    assert (made.attempts, made.refusals, made.number, made.sent) == (0, 0, 0, False)
    for attempt in (1, 2):
        made.begin_try()
        assert not made.sent
        made.mark_sending()
        assert made.context["attempts"] == attempt
        assert made.sent is uses_user_client  # one of our own notes when it reads the body
    note.assert_called_once_with()


@pytest.mark.parametrize(
    ("failure", "refused", "seconds", "again", "submit_again"),
    [
        (failed(429), True, None, True, True),
        (failed(503, 2.0), True, 2.0, True, True),
        (failed(503), True, None, True, False),
        (failed(500, 2.0), False, 2.0, True, False),
        (failed(404), False, None, False, False),
        (failed(None), False, None, False, False),
        (LOST, False, None, True, False),
    ],
)
def test_a_bulk_run_repeats_what_was_refused(failure, refused, seconds, again, submit_again):
    assert (is_refusal(failure), retry_after_of(failure)) == (refused, seconds)
    assert may_send_again(call(), failure) is again
    assert may_send_again(call(**SUBMIT), failure) is submit_again
