"""A bulk run in threads, whose results several threads may take."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from liminal import LiminalError, SyncClient
from liminal._http.sockets.deadline import Deadline
from liminal._http.sockets.limits import limit_sync
from liminal.bulk import BulkResults
from liminal.bulk._gates import Gate
from tests._sync.waiting import until


@pytest.fixture
def client() -> Iterator[SyncClient]:
    with SyncClient("https://api.tenant.example") as client:
        yield client


def until_waiting(results: BulkResults[int], count: int) -> None:
    while results._workers is None or results._workers._waiting < count:
        threading.Event().wait(0.001)


@pytest.mark.parametrize("ordered", [True, False])
def test_threads_that_share_the_results_get_each_result_once(
    client: SyncClient, ordered: bool
) -> None:
    free = threading.Event()

    def call(item: int) -> int:
        assert free.wait(30)
        return item

    results = client.bulk.map(call, range(100), concurrency=3, ordered=ordered)
    with ThreadPoolExecutor(3) as threads:
        found = [threads.submit(list, results) for _ in range(3)]
        until_waiting(results, 3)
        free.set()
        taken = [result.unwrap() for part in found for result in part.result(30)]
    assert sorted(taken) == list(range(100))


def test_closing_a_run_ends_all_waiting_threads(client: SyncClient) -> None:
    free = threading.Event()
    results = client.bulk.map(lambda _: free.wait(30), range(9), concurrency=2)
    with ThreadPoolExecutor(3) as threads:
        found = [threads.submit(list, results) for _ in range(3)]
        until_waiting(results, 3)
        results.close()
        assert [part.result(30) for part in found] == [[], [], []]
        free.set()


def test_an_asynchronous_function_is_an_error(client: SyncClient) -> None:
    async def call(item: int) -> int:
        raise AssertionError(item)

    [result] = client.bulk.map(call, [1])
    assert isinstance(result.error, LiminalError)
    assert "is asynchronous: use Client instead of SyncClient" in str(result.error)


def test_a_cancelled_call_leaves_its_turn_to_the_next() -> None:
    gate, deadline = Gate(1), Deadline(call_seconds=None, try_seconds=None)
    started = gate.enter()

    def enter() -> float:
        with limit_sync(deadline):
            return gate.enter()

    with ThreadPoolExecutor(2) as threads:
        cancelled = threads.submit(enter)
        until(lambda: len(gate._waiting) == 1)
        following = threads.submit(gate.enter)
        until(lambda: len(gate._waiting) == 2)
        deadline.cancel()
        with pytest.raises(TimeoutError):
            cancelled.result(30)
        gate.leave(started, succeeded=True)
        try:
            assert following.result(10) > started
        finally:
            gate.close()
