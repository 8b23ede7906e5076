"""What a failed try leads to: the next one and when, or the error."""

import httpx
import pytest

from liminal._calls.arguments.options import Options
from liminal._calls.call import Call, Failure
from liminal._calls.result import result, retry_delay
from liminal._calls.retry import Fault, TokenBucket, delay_before_retry
from liminal.errors import APIConnectionError, RateLimitError, RequestError
from liminal_api.api.prompt import analyze_prompt, submit_prompt

OPTIONS = Options(
    timeout=httpx.Timeout(5),
    deadline=None,
    max_retries=2,
    max_body_bytes=1,
    max_event_bytes=1,
)
LOST = Failure(APIConnectionError("lost", operation="x"), Fault.LOST)


def call(*, attempts=1, refusals=0, deadline=None, operation=analyze_prompt.OPERATION):
    made = Call(operation, {"method": "post", "url": "/"}, OPTIONS, deadline=deadline)
    made.attempts, made.refusals = attempts, refusals
    return made


def turned_away(seconds):
    error = RateLimitError(
        "slow down", status_code=429, headers=httpx.Headers(), retry_after=seconds
    )
    return Failure(error, 429)


@pytest.mark.parametrize(
    ("attempts", "refusals", "retried"),
    [(1, 0, True), (2, 0, True), (3, 0, False), (4, 0, False), (3, 1, True), (5, 3, True)],
)
def test_a_call_is_retried_twice_and_refusals_of_a_bulk_run_do_not_count(
    attempts, refusals, retried
):
    delay = retry_delay(LOST, call(attempts=attempts, refusals=refusals), TokenBucket())
    assert (delay is not None) is retried


@pytest.mark.parametrize("outcome", [None, 400, 404])
def test_what_is_no_passing_fault_is_not_retried(outcome):
    assert retry_delay(Failure(RequestError("no"), outcome), call(), TokenBucket()) is None


def test_what_is_not_repeatable_is_not_retried_once_it_may_have_been_processed():
    submit = call(operation=submit_prompt.OPERATION)
    assert retry_delay(LOST, submit, TokenBucket()) is None
    assert retry_delay(turned_away(0.5), submit, TokenBucket()) == 0.5


def test_a_rate_limit_without_retry_after_waits_from_a_second(monkeypatch):
    longest = {"uniform": lambda low, high: high}
    monkeypatch.setattr(delay_before_retry, "__kwdefaults__", longest)
    assert retry_delay(turned_away(None), call(), TokenBucket()) == 1
    assert retry_delay(LOST, call(), TokenBucket()) == 0.5
    assert retry_delay(LOST, call(attempts=2), TokenBucket()) == 1


@pytest.mark.parametrize(("deadline", "delay"), [(None, 50.0), (60.0, 50.0), (40.0, None)])
def test_a_wait_that_outlasts_the_deadline_is_not_begun(deadline, delay):
    bucket = TokenBucket()
    assert retry_delay(turned_away(50.0), call(deadline=deadline), bucket) == delay
    spent = 0 if delay is None else TokenBucket.RETRY_COST
    assert bucket.tokens == TokenBucket.CAPACITY - spent


def test_without_tokens_there_is_no_retry():
    bucket = TokenBucket()
    bucket.tokens = 0
    assert retry_delay(LOST, call(), bucket) is None


def test_a_result_is_returned_and_a_failure_raised():
    assert result("answer") == "answer"
    with pytest.raises(APIConnectionError, match="lost"):
        result(LOST)
