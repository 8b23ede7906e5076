"""The session of a blocking client in threads, after an interrupt and after a fork."""

import threading
from functools import partial
from typing import Any

import pytest

from liminal._calls.call import Call
from liminal._session.renewal import Renewal, _Queue
from liminal._session.shared import _after_fork
from liminal._session.state import SessionCookie
from tests._sync.waiting import until
from tests.support.tasks import PATIENCE

from .caller import make_call, shared_session


def begin(call: Call, session: Any, snapshot: Any) -> bool:
    with Renewal(session, call) as renewal:
        return renewal.begin(snapshot)


def test_a_session_that_is_newer_already_needs_no_renewal():
    session = shared_session()
    old = session.snapshot
    session.adopt_login(SessionCookie("newer"))
    assert begin(make_call(session), session, old) is False


def test_waiting_calls_are_woken_one_by_one_oldest_first():
    session, queue = shared_session(), _Queue()
    calls = [make_call(session) for _ in range(4)]
    woken: list[int] = []
    entries = {
        number: queue.add(calls[number], partial(woken.append, number)) for number in (2, 0, 3, 1)
    }
    queue.leave(entries[0])  # gave up
    assert woken == []
    queue.end()
    queue.leave()
    for number in (1, 2, 3):
        assert woken.pop() == number
        queue.leave(entries[number])
    assert woken == []


@pytest.mark.parametrize("then", ["is interrupted at its end", "is collected"])
def test_a_waiting_call_is_woken_even_if_the_leader_is_interrupted_or_lost(then):
    """Ctrl-C may come just after it has said that the renewal is over, or at its very end."""
    session = shared_session()
    real, snapshot = session.lock, session.snapshot
    leader = Renewal(session, make_call(session, deadline=None))
    assert leader.begin(snapshot)

    class Lock:
        def __enter__(self) -> None:
            real.acquire()

        def __exit__(self, *_: object) -> None:
            real.release()
            if threading.current_thread() is threading.main_thread():
                session.lock = real
                raise KeyboardInterrupt

    call = make_call(session, deadline=None)
    waiter = threading.Thread(target=begin, args=(call, session, snapshot), daemon=True)
    waiter.start()
    until(lambda: leader.queue._entries)
    if then == "is collected":
        del leader
    else:
        session.lock = Lock()  # it is as good as one
        with pytest.raises(KeyboardInterrupt):
            leader.__exit__(None, None, None)
    waiter.join(PATIENCE)
    assert not waiter.is_alive()
    assert begin(make_call(session), session, snapshot)


def test_the_child_of_a_fork_waits_for_no_thread_of_its_parent():
    """Without a fork here: what was held stays held. tests/lifetimes/test_fork.py has the forks."""
    session = shared_session()
    session.lock.acquire()
    session.listeners._lock.acquire()
    renewal_of_parent = Renewal(session, make_call(session))
    assert renewal_of_parent.begin(session.snapshot)  # and never ends
    _after_fork()
    assert begin(make_call(session), session, session.snapshot)
    told: list[str] = []
    session.listeners.add(told.append)
    session.adopt_login(SessionCookie("new"))
    session.listeners.notify()
    assert told == ["new"]


def test_a_renewal_that_ends_late_does_not_end_the_one_that_took_over():
    session = shared_session()
    late, successor = (Renewal(session, make_call(session)) for _ in range(2))
    assert late.begin(session.snapshot)
    session.reset_locks()
    assert successor.begin(session.snapshot)
    late.__exit__(None, None, None)
    assert Renewal.current(session) is successor
