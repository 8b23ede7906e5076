# Derived from tests/_async/test_bulk.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Many calls at once: one result for each item, at the rate that the service takes."""

import contextlib
import copy
import io
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from liminal import APIStatusError, LiminalError, RateLimitError, SyncClient
from liminal.auth import Token

from .bulk_runs import CLEANSE, SUBMIT, TEXTS, collect, sent
from .waiting import until

# ---- results


def test_each_item_has_its_result_in_the_order_of_the_items(client):
    results = collect(client.bulk.cleanse(1, TEXTS))
    assert [result.index for result in results] == list(range(40))
    assert [result.unwrap().text for result in results] == [
        f"Write to PERSON_0 {number}" for number in range(40)
    ]


def test_each_operation_on_prompts_has_its_method(client):
    thread = client.thread.create(1, "Letters")
    bulk, texts = client.bulk, TEXTS[:3]
    analyzed = collect(bulk.analyze(1, texts))
    assert [result.unwrap().findings[0].text for result in analyzed] == ["Ada Lovelace"] * 3
    cleansed = collect(bulk.cleanse(1, texts, thread_id=thread.id))
    assert cleansed[0].unwrap().text == "Write to PERSON_0 0"
    hydrated = collect(bulk.hydrate(1, ["PERSON_0"], thread_id=thread.id))
    assert hydrated[0].unwrap().text == "Ada Lovelace"
    answers = collect(bulk.submit(1, texts, thread_id=thread.id))
    assert [result.unwrap().thread_id for result in answers] == [thread.id] * 3


def test_unordered_results_come_as_they_are_ready(client):
    done: list[int] = []

    def call(number: int) -> None:
        until(lambda: number != 0 or len(done) == 3)
        done.append(number)

    results = client.bulk.map(call, range(4), ordered=False, concurrency=2)
    assert [result.index for result in collect(results)] == [1, 2, 3, 0]


def test_a_failure_affects_only_its_item(client, sandbox):
    sandbox.fail_next(404, path=CLEANSE, times=2)
    results = collect(client.bulk.cleanse(1, TEXTS))
    errors = [result.error for result in results if result.error is not None]
    assert [type(error) for error in errors] == [APIStatusError] * 2
    assert [result.value for result in results if result.error] == [None, None]
    with pytest.raises(APIStatusError):
        next(result for result in results if result.error).unwrap()


def test_a_wrong_argument_fails_only_its_item(client):
    texts = ["Ada", None, "Ada"]
    results = collect(client.bulk.cleanse(1, texts))
    assert [isinstance(result.error, LiminalError) for result in results] == [False, True, False]


def test_a_result_has_the_key_of_its_item(client):
    results = collect(client.bulk.cleanse(1, TEXTS[:2], key=lambda text: text[-1]))
    assert [result.key for result in results] == ["0", "1"]
    results = collect(client.bulk.cleanse(1, TEXTS[:2]))
    assert [result.key for result in results] == [0, 1]


def test_no_repr_shows_what_was_sent_or_received(client):
    def call(text: str) -> str:
        return text

    results = client.bulk.map(call, ["Ada Lovelace"], key=str)
    result = next(results)
    assert repr(result) == "<BulkResult 0: done>"
    assert repr(results) == f"<{type(results).__name__}: 1 taken>"
    assert pickle.loads(pickle.dumps(result)) == result
    for refused in (copy.copy, pickle.dumps):
        with pytest.raises(LiminalError, match="can't be pickled"):
            refused(results)
    results.close()


def test_progress_is_reported_before_each_result(client, sandbox):
    told: list[tuple[int, int, int | None]] = []
    sandbox.fail_next(404, path=CLEANSE)
    results = client.bulk.cleanse(1, TEXTS[:5], on_progress=lambda *now: told.append(now))
    assert [len(told) for _ in results] == [1, 2, 3, 4, 5]
    assert [done for done, _, _ in told] == [1, 2, 3, 4, 5]
    assert told[-1] == (5, 1, 5)
    unknown = client.bulk.cleanse(1, iter(TEXTS[:1]), on_progress=lambda *now: told.append(now))
    assert [result.index for result in unknown] == [0]
    assert told[-1] == (1, 0, None)


def test_a_progress_bar_is_drawn_on_a_terminal(client, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with contextlib.redirect_stderr(screen):
        collect(client.bulk.cleanse(1, TEXTS[:5], on_progress="bar"))
    assert "5/5" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[?25h")  # closed: the cursor is back


# ---- the input


@pytest.mark.parametrize("ordered", [True, False])
def test_an_endless_input_is_read_no_further_than_the_run_may_hold(client, ordered):
    read: list[str] = []

    def endless() -> Iterator[str]:
        while True:
            read.append(f"Ada {len(read)}")
            yield read[-1]

    results = client.bulk.cleanse(1, endless(), concurrency=2, ordered=ordered)
    for taken in range(1, 30):
        next(results)
        assert len(read) <= taken + 2 * 4
    results.close()


def test_an_error_of_the_input_comes_after_the_results_before_it(client):
    def items() -> Iterator[str]:
        yield from TEXTS[:3]
        raise ZeroDivisionError

    results = client.bulk.cleanse(1, items())
    assert [next(results).index for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_an_empty_input_has_no_results(client, sandbox):
    assert collect(client.bulk.cleanse(1, [])) == []
    assert sent(sandbox) == []


@pytest.mark.parametrize("items", ["Ada Lovelace", b"Ada", 5, None])
def test_an_input_that_can_t_be_iterated_over_is_refused(client, items):
    with pytest.raises(LiminalError, match="the input must be"):
        client.bulk.cleanse(1, items)


def test_a_function_must_be_callable(client):
    function: Any = "analyze"
    with pytest.raises(
        LiminalError, match="the function of a bulk run must be callable, not of type str"
    ):
        client.bulk.map(function, TEXTS)


def test_an_input_may_have_getitem_alone(client):
    class Items:
        def __getitem__(self, index: int) -> str:
            return TEXTS[:3][index]

    items: Any = Items()
    assert [result.index for result in client.bulk.cleanse(1, items)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"concurrency": 0}, "concurrency must be a whole number, 1 or more"),
        ({"concurrency": 10**400}, "concurrency must not be more than 10000"),
        ({"on_progress": 5}, 'on_progress must be a function, "bar", or None'),
        ({"key": "name"}, "key must be a function, or None"),
        (
            {"concurency": 5},
            "no such option: concurency; the options are concurrency, journal, key",
        ),
    ],
)
def test_a_wrong_option_is_refused(client, options, problem):
    with pytest.raises(LiminalError, match=problem):
        client.bulk.cleanse(1, TEXTS, **options)


# ---- the rate


def test_a_refused_call_is_sent_again_and_costs_no_retry(sandbox):
    sandbox.fail_next(429, path=CLEANSE, times=10)
    with SyncClient(sandbox.url, auth=Token(sandbox.token), max_retries=0) as client:
        results = collect(client.bulk.cleanse(1, TEXTS))
    assert [result.error for result in results] == [None] * 40
    assert len(sent(sandbox)) == 50


def test_an_item_fails_after_twenty_refusals(client, sandbox):
    sandbox.fail_next(429, path=CLEANSE, times=100, headers={"Retry-After": "0"})
    results = collect(client.bulk.cleanse(1, TEXTS[:1]))
    assert isinstance(results[0].error, RateLimitError)
    assert len(sent(sandbox)) == 21


def test_a_retry_after_of_hours_fails_the_item_at_once(client, sandbox):
    sandbox.fail_next(429, path=CLEANSE, headers={"Retry-After": "7200"})
    results = collect(client.bulk.cleanse(1, TEXTS[:2], concurrency=1))
    assert [type(result.error) for result in results] == [RateLimitError, type(None)]


def test_a_submit_that_may_have_been_processed_is_not_sent_again(client, sandbox):
    sandbox.fail_next(503, path=SUBMIT)
    results = collect(client.bulk.submit(1, TEXTS[:3]))
    assert len([result for result in results if result.error]) == 1
    assert len(sent(sandbox, SUBMIT)) == 3
