"""The lists that threads share without a lock: permits and idle connections, through any race."""

import time
import weakref
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from liminal._http.idle import Idle
from liminal._http.sockets.semaphore import Holder, Semaphore
from tests.support.tasks import PATIENCE


def free(permits: Semaphore) -> int:
    """How many can be taken."""
    holders: list[Holder] = [[]]
    while permits.take(holders[-1], 0):
        holders.append([])
    for holder in holders:
        permits.give_back(holder)
    return len(holders) - 1


def test_threads_that_take_turns_lose_no_permit_and_share_none():
    permits, inside, most = Semaphore(3), list[None](), list[int]()

    def work():
        for number in range(300):
            holder: Holder = []
            if not permits.take(holder, 0.0 if number % 7 == 0 else 5.0):
                continue
            inside.append(None)
            most.append(len(inside))
            inside.pop()
            permits.give_back(holder)

    with ThreadPoolExecutor(12) as threads:
        for done in [threads.submit(work) for _ in range(12)]:
            done.result(PATIENCE)
    assert free(permits) == 3
    assert max(most) <= 4  # one may be handed on at the moment that its thread gives up


@pytest.mark.parametrize("is_given", [False, True], ids=["before it waits", "with its permit"])
def test_an_interrupted_thread_leaves_the_queue_and_loses_no_permit(monkeypatch, is_given):
    permits, first, second = Semaphore(1), Holder(), Holder()
    assert permits.take(first, None)

    def interrupted(*_):
        if is_given:
            permits.give_back(first)
        raise KeyboardInterrupt

    step = "wait_for" if is_given else "Semaphore._hand_out"
    with monkeypatch.context() as patch:
        patch.setattr(f"liminal._http.sockets.semaphore.{step}", interrupted)
        with pytest.raises(KeyboardInterrupt):
            permits.take(second, 1.0)
    assert second == [None] * is_given
    permits.give_back(second if is_given else first)
    assert free(permits) == 1


# ---- races, each played by a deque that another thread changes between two steps


class Thread:
    """A thread in the queue, or a connection that waits since then."""

    def __init__(self, since: float = 0.0) -> None:
        self.since = since
        self.holder: Holder = []


class Emptied(deque[Any]):
    """It empties right after the check for waiting threads."""

    def __bool__(self) -> bool:
        return True


class Left(deque[Any]):
    """Its first leaves after the look at it."""

    def remove(self, value: Any) -> None:
        super().remove(value)
        super().remove(value)


class Taken(deque[Any]):
    """What is looked at is taken by another thread."""

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        self.remove(found)
        return found


@pytest.mark.parametrize("gone", ["interrupted as it left", "just left", "just left empty"])
def test_a_permit_is_kept_when_the_next_thread_in_the_queue_has_gone(gone):
    permits: Any = Semaphore(1)
    thread = Thread()
    permits._waiting = {
        "interrupted as it left": deque([weakref.ref(Thread())]),
        "just left": Left([lambda: thread]),
        "just left empty": Emptied(),
    }[gone]
    permits.give_back([])
    assert thread.holder == []
    permits._waiting = deque(permits._waiting)
    assert free(permits) == 1
    assert not permits._waiting


@pytest.mark.parametrize(
    ("waiting", "step", "left"),
    [
        ([60, 0], lambda idle, held: idle.expired(held), [0]),
        ([60, 0], lambda idle, held: idle.newest(held, 1.0), [60]),
        ([0], lambda idle, held: idle.newest(held, 1.0), []),
        ([60], lambda idle, held: idle.expired(held), []),
    ],
)
def test_a_connection_that_waits_behind_one_just_taken_waits_on(waiting, step, left):
    now, held = time.monotonic(), list[Any]()
    idle: Any = Idle()
    idle._waiting = Taken(Thread(now - seconds) for seconds in waiting)
    assert not step(idle, held)
    assert held == []
    assert [round(now - connection.since) for connection in idle._waiting] == left
