"""What a failed try leads to: the next one and when, or the error."""

import math
from types import SimpleNamespace
from unittest.mock import Mock

import httpx
import pytest

from liminal._calls.arguments.options import Options
from liminal._calls.call import Call, Failure, Fault
from liminal._calls.retry import (
    TokenBucket,
    delay_before_retry,
    is_refusal,
    may_send_again,
    retry_after_of,
    retry_delay,
)
from liminal.errors import APIConnectionError, RateLimitError, RequestError
from liminal_api.api.prompt import analyze_prompt, submit_prompt

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
    assert bucket.tokens == TokenBucket.CAPACITY - spent


def test_without_tokens_there_is_no_retry():
    bucket = TokenBucket()
    bucket.tokens = 0
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
