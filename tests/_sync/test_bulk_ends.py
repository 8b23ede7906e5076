# Derived from tests/_async/test_bulk_ends.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""What ends a bulk run: closing or leaving it, a closed client, and errors that are no item's."""

import itertools
import time
from functools import partial

import pytest

from liminal import AuthError, LiminalError, SyncClient
from liminal._calls.observing.observers import Trace
from liminal.auth import Token
from tests.support.tasks import ThreadGroup

from .bulk_runs import CLEANSE, TEXTS, collect, sent
from .waiting import until


def test_a_closed_run_sends_nothing_more(client, sandbox):
    results = client.bulk.cleanse(1, TEXTS, concurrency=2)
    next(results)
    begun = time.monotonic()
    results.close()
    assert time.monotonic() - begun < 1.0
    client.llm.get_available_model_instances()
    assert len(sent(sandbox)) <= 12
    assert collect(results) == []


def test_a_run_that_was_never_begun_can_be_closed(client, sandbox):
    results = client.bulk.cleanse(1, TEXTS)
    results.close()
    results.close()
    assert collect(results) == []
    assert sent(sandbox) == []


def test_leaving_the_loop_stops_the_run(client):
    begun = 0

    def call(number: int) -> int:
        nonlocal begun
        begun += 1
        return number

    for _ in client.bulk.map(call, itertools.count(), concurrency=1):
        break
    count = begun
    for _ in range(3):
        client.llm.get_available_model_instances()
    assert begun - count <= 1


def test_a_run_that_is_paused_can_be_closed(client, sandbox):
    client.llm.get_available_model_instances()
    sandbox.fail_next(429, path=CLEANSE, times=2, headers={"Retry-After": "50"})
    results = client.bulk.cleanse(1, TEXTS, concurrency=2)
    with ThreadGroup() as tasks:
        outcome = tasks.start(partial(collect, results))
        until(lambda: sent(sandbox))  # its refusal may hold the second call back
        begun = time.monotonic()
        results.close()
    assert time.monotonic() - begun < 1.0
    assert outcome.value == []


def test_a_closed_client_ends_the_run(client):
    client.close()
    with pytest.raises(LiminalError, match="this client was closed"):
        collect(client.bulk.cleanse(1, itertools.repeat("Ada")))


def test_closing_the_client_ends_a_run_that_is_paused(client, sandbox):
    trace = Refusals()
    client.api.runner.observers.follows[trace] = lambda *_: trace
    sandbox.fail_next(429, path=CLEANSE, headers={"Retry-After": "50"})
    with ThreadGroup() as tasks:
        error = tasks.start(partial(fails, client.bulk.cleanse(1, TEXTS, concurrency=1)))
        until(lambda: trace.count == 1)
        begun = time.monotonic()
        client.close()
    assert time.monotonic() - begun < 1.0
    assert "this client was closed" in error.value


class Refusals(Trace):
    """Counts the refusals that a run waits for."""

    count = 0

    def notes(self, event, attributes):
        self.count += event == "rate_limited"


def fails(results):
    with pytest.raises(LiminalError) as caught:
        collect(results)
    return str(caught.value)


def test_a_refused_sign_in_ends_the_run(sandbox):
    with SyncClient(sandbox.url, auth=Token("another")) as client:
        with pytest.raises(AuthError):
            collect(client.bulk.cleanse(1, itertools.repeat("Ada"), concurrency=2))
    assert sandbox.logins == 0


class Halt(BaseException):
    """What no function should catch."""


def test_a_base_exception_ends_the_run(client):
    def call(number: int) -> int:
        raise Halt(number)

    with pytest.raises(Halt):
        collect(client.bulk.map(call, range(3)))
