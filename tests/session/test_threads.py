"""What threads and forks could do to a blocking client's session."""

import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from liminal import SyncClient
from liminal._calls.call import Call
from liminal._session.renewal import Renewal
from liminal._session.shared import SharedSession, _after_fork
from liminal._session.state import Session, SessionCookie
from liminal.auth import Token
from liminal.errors import APITimeoutError, LiminalError
from liminal.sandbox import Sandbox
from tests.support.tasks import PATIENCE

from .driver import BlockingDriver, make_answer, make_call


class SlowRenewal:
    """A renewal that begins, and ends when it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.end = threading.Event()
        self.made = 0

    def __call__(self, call: Call) -> SessionCookie:
        self.made += 1
        self.begun.set()
        assert self.end.wait(PATIENCE)
        return SessionCookie(f"login{self.made}")


@pytest.fixture
def session() -> Session:
    return Session("first")


@pytest.fixture
def renewal() -> SlowRenewal:
    return SlowRenewal()


@pytest.fixture
def runner(session: Session, renewal: SlowRenewal) -> Any:
    return BlockingDriver(session, renewal).runner


@pytest.fixture
def shared(runner: Any) -> SharedSession:
    session: SharedSession = runner.session
    return session


def lead(runner: Any, session: Session) -> threading.Thread:
    """Begin a renewal in another thread."""
    call = make_call(session)
    leader = threading.Thread(target=runner._renew, args=(call, session.snapshot), daemon=True)
    leader.start()
    return leader


def test_who_waits_for_a_renewal_waits_no_longer_than_its_call_may(
    runner: Any, session: Session, renewal: SlowRenewal
) -> None:
    leader = lead(runner, session)
    assert renewal.begun.wait(PATIENCE)
    with pytest.raises(APITimeoutError, match="deadline"):
        runner._renew(make_call(session, deadline=0.02), session.snapshot)
    renewal.end.set()
    leader.join(PATIENCE)
    assert session.snapshot.value == "login1"


def test_a_call_without_a_deadline_waits_as_long_as_it_takes(
    runner: Any, session: Session, renewal: SlowRenewal
) -> None:
    leader = lead(runner, session)
    assert renewal.begun.wait(PATIENCE)
    threading.Timer(0.05, renewal.end.set).start()
    runner._renew(make_call(session, deadline=None), Session("first").snapshot)
    leader.join(PATIENCE)
    assert renewal.made == 1


def test_who_waits_for_a_renewal_is_woken_though_its_leader_is_interrupted_at_the_end(
    runner: Any, shared: SharedSession, session: Session, renewal: SlowRenewal
) -> None:
    """By Ctrl-C, just after it has said that the renewal is over."""
    real, snapshot = shared.lock, session.snapshot

    class Lock:
        def __enter__(self) -> None:
            real.acquire()

        def __exit__(self, *_: object) -> None:
            real.release()
            is_leader = threading.current_thread() is threading.main_thread()
            if is_leader and shared.renewal is None and session.snapshot is not snapshot:
                shared.lock = real
                raise KeyboardInterrupt

    def wait() -> None:
        assert renewal.begun.wait(PATIENCE)
        threading.Timer(0.05, renewal.end.set).start()
        runner._renew(make_call(session, deadline=None), snapshot)

    shared.lock = Lock()  # type: ignore[assignment]  # it is as good as one
    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    with pytest.raises(KeyboardInterrupt):
        runner._renew(make_call(session), snapshot)
    waiter.join(PATIENCE)
    assert not waiter.is_alive()
    assert renewal.made == 1


def test_a_session_that_comes_while_a_thread_waits_for_the_lock_needs_no_renewal(
    runner: Any, shared: SharedSession, session: Session, renewal: SlowRenewal
) -> None:
    class Lock:
        """As if another thread had held it, and brought a session."""

        def __enter__(self) -> None:
            session.adopt(SessionCookie("newer"), 0.0, sent_with=0)

        def __exit__(self, *_: object) -> None:
            pass

    shared.lock = Lock()  # type: ignore[assignment]  # it is as good as one
    runner._renew(make_call(session), session.snapshot)
    assert renewal.made == 0


def test_news_that_come_while_a_callback_is_told_follow_when_it_is_done(
    shared: SharedSession, session: Session
) -> None:
    told: list[str] = []
    telling, go_on = threading.Event(), threading.Event()

    def slow(value: str) -> None:
        told.append(value)
        telling.set()
        assert go_on.wait(PATIENCE)

    shared.listeners.add(slow)
    snapshot = session.snapshot
    first = threading.Thread(
        target=shared.adopt_from,
        args=(make_answer(200, "session=one").headers, snapshot),
        daemon=True,
    )
    first.start()
    assert telling.wait(PATIENCE)
    shared.adopt_from(make_answer(200, "session=two").headers, session.snapshot)  # does not wait
    assert told == ["one"]
    go_on.set()
    first.join(PATIENCE)
    assert told == ["one", "two"]


def test_news_that_somebody_else_has_told_meanwhile_are_not_told_again(
    shared: SharedSession, session: Session
) -> None:
    class Telling:
        """As if another thread had told it, between this one's look and its turn."""

        def acquire(self, *, blocking: bool) -> bool:
            shared.listeners.notify("one")
            return True

        def release(self) -> None:
            pass

    told: list[str] = []
    shared.listeners.add(told.append)
    shared._notifying = Telling()  # type: ignore[assignment]  # it is as good as a lock
    shared.adopt_from(make_answer(200, "session=one").headers, session.snapshot)
    assert told == ["one"]


def test_a_callback_may_itself_bring_a_new_session(shared: SharedSession, session: Session) -> None:
    told: list[str] = []

    def nosy(value: str) -> None:
        told.append(value)
        if value == "one":
            shared.adopt_from(make_answer(200, "session=two").headers, session.snapshot)

    shared.listeners.add(nosy)
    shared.adopt_from(make_answer(200, "session=one").headers, session.snapshot)
    assert told == ["one", "two"]


def test_the_child_of_a_fork_waits_for_no_thread_of_its_parent(
    runner: Any, shared: SharedSession, session: Session, renewal: SlowRenewal
) -> None:
    """Here without the fork: what was held stays held, and the child begins anew."""
    shared.lock.acquire()
    shared._notifying.acquire()
    renewal_of_parent = Renewal(shared, make_call(session))
    assert renewal_of_parent.begin(session.snapshot)  # and never ends
    _after_fork()
    renewal.end.set()
    told: list[str] = []
    shared.listeners.add(told.append)
    runner._renew(make_call(session), session.snapshot)
    assert told == ["login1"]


FORK = """
import os, sys, threading
from liminal import SyncClient
from liminal.auth import AuthProvider

class Provider(AuthProvider):
    def get_access_token_sync(self):
        if os.getpid() == parent:
            signing_in.set()
            threading.Event().wait()  # for ever, in the parent
        return "sandbox-provider-token"

parent, signing_in = os.getpid(), threading.Event()
client = SyncClient(sys.argv[1], auth=Provider())
threading.Thread(target=client.thread.get_available, daemon=True).start()
signing_in.wait()
child = os.fork()
if child == 0:
    client.thread.get_available()
    print(client.session_id, flush=True)
    os._exit(0)
_, status = os.waitpid(child, 0)
os._exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_client_forked_in_the_middle_of_a_sign_in_signs_in_by_itself() -> None:
    with Sandbox() as sandbox:
        done = subprocess.run(
            [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORK, sandbox.url],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.strip() not in {"", "None"}
        assert sandbox.logins == 1


@pytest.mark.parametrize("signed_in", [True, False], ids=["a call", "a login"])
def test_to_close_a_client_ends_what_waits_for_an_answer(signed_in: bool) -> None:
    """To close a socket does not: whoever reads from it goes on waiting."""
    with Sandbox() as sandbox, SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        if signed_in:
            client.thread.get_available()
        sandbox.answer_delay = 20 * PATIENCE
        sent = len(sandbox.requests)
        errors: list[Exception] = []

        def call() -> None:
            try:
                client.thread.get_available()
            except LiminalError as error:
                errors.append(error)

        threads = [threading.Thread(target=call, daemon=True) for _ in range(3)]
        for thread in threads:
            thread.start()
        while len(sandbox.requests) < sent + (3 if signed_in else 1):
            time.sleep(0.001)
        client.close()
        for thread in threads:
            thread.join(PATIENCE)
        assert [str(error) for error in errors] == ["this client was closed: make a new one"] * 3
