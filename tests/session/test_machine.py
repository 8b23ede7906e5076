"""Sessions as a state machine: whatever happens in whatever order, no call is lost and none hangs.

Hypothesis signs in, calls, ends, rotates, revokes, cancels, closes and begins again, against the
sandbox; a model says what each call must come to, and how many logins there may have been at most.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from liminal.auth import SessionId, Token
from liminal.errors import APIStatusError, APITimeoutError, AuthError, LiminalError
from liminal.sandbox import Sandbox

from .drivers import (
    KINDS,
    PROBE,
    PROBE_PATH,
    AsyncDriver,
    BlockingDriver,
    FromSet,
    Outcome,
    Step,
)

LOGIN = "/api/v1/auth/*"
TROUBLE = {"Retry-After": "0"}

_texts = count(1)


def step(kind: str, *, hurried: bool = False) -> Step:
    return Step(kind, f"text {next(_texts)}", hurried)


kinds = st.sampled_from(KINDS)
bursts = st.lists(kinds, min_size=2, max_size=5)


class Sessions(RuleBasedStateMachine):
    """The model: whether the session is alive, whether it can be renewed, what logins may be."""

    Driver: Callable[..., Any]

    @initialize(rolls=st.booleans(), way=st.sampled_from(["token", "provider", "session id"]))
    def sign_in(self, rolls: bool, way: str) -> None:
        self.sandbox = Sandbox(roll_sessions=rolls).start()
        self.allowed, self.some_gave_up = 0, False
        self._open(way)

    def _open(self, way: str) -> None:
        self.way, self.revoked, self.closed = way, False, False
        self.alive = way == "session id"
        if way == "token":
            auth: Any = Token(self.sandbox.token)
        elif way == "provider":
            auth = FromSet(f"token-{next(_texts)}")
            self.sandbox.provider_tokens.add(auth.token)
        else:
            auth = SessionId(self.sandbox.create_session())
        self.auth = auth
        self.allowed += not self.alive
        self.driver = type(self).Driver(self.sandbox.url, auth)

    @property
    def can_log_in(self) -> bool:
        return self.way != "session id" and not self.revoked

    # What may happen

    @rule(kind=kinds)
    def call(self, kind: str) -> None:
        self._judge(self.driver.start([step(kind)])())

    @rule(burst=bursts)
    def call_side_by_side(self, burst: list[str]) -> None:
        self._judge(self.driver.start([step(kind) for kind in burst])())

    @rule()
    def expire(self) -> None:
        self._end()

    @precondition(lambda self: self.alive and self.can_log_in and not self.closed)
    @rule(burst=bursts)
    def expire_while_calls_are_in_flight(self, burst: list[str]) -> None:
        outcomes = self.driver.start([step(kind) for kind in burst])
        self._end()
        self._judge(outcomes())
        # They may have been answered before the end: only now is the session surely alive again.
        self._judge(self.driver.start([step(PROBE)])())

    def _end(self) -> None:
        self.sandbox.expire_sessions()
        self.alive = False
        self.allowed += 1

    @precondition(lambda self: self.way == "provider" and not self.closed)
    @rule()
    def revoke(self) -> None:
        self.sandbox.provider_tokens.discard(self.auth.token)
        self.revoked = True

    @precondition(lambda self: self.revoked)
    @rule()
    def restore(self) -> None:
        self.sandbox.provider_tokens.add(self.auth.token)
        self.revoked = False

    @precondition(lambda self: self.alive and not self.closed)
    @rule()
    def a_401_out_of_the_blue(self) -> None:
        """The session is good, the service says it is not: it is renewed if it can be.

        If it can't, the client takes the service's word, and signs in at the next call.
        """
        self.sandbox.fail_next(401, path=PROBE_PATH)
        self.allowed += 1
        (outcome,) = self.driver.start([step(PROBE)])()
        if self.revoked:
            assert isinstance(outcome, AuthError), outcome
            self.alive = False
        else:
            assert outcome is None, outcome

    @precondition(lambda self: self.alive and not self.closed)
    @rule()
    def an_answer_takes_the_session_back(self) -> None:
        gone = {"Set-Cookie": "session=; Max-Age=0"}
        self.sandbox.fail_next(404, path=PROBE_PATH, headers=gone)
        (outcome,) = self.driver.start([step(PROBE)])()
        assert isinstance(outcome, APIStatusError), outcome
        assert self.driver.client.session_id is None
        self.alive = False
        self.allowed += 1

    @precondition(lambda self: self.alive and not self.closed)
    @rule()
    def an_answer_brings_somebody_else_s_cookie(self) -> None:
        theirs = {"Set-Cookie": "session=theirs; Domain=evil.example"}
        self.sandbox.fail_next(404, path=PROBE_PATH, headers=theirs)
        (outcome,) = self.driver.start([step(PROBE)])()
        assert isinstance(outcome, APIStatusError), outcome
        assert self.driver.client.session_id != "theirs"

    @precondition(lambda self: self.can_log_in and not self.alive and not self.closed)
    @rule(kind=kinds, times=st.integers(1, 3))
    def the_login_is_in_trouble(self, kind: str, times: int) -> None:
        self.sandbox.fail_next(503, path=LOGIN, headers=TROUBLE, times=times)
        (outcome,) = self.driver.start([step(kind)])()
        if times <= 2:
            assert outcome is None, outcome
            self.alive = True
        elif outcome is None:  # a login that was given up before has met one of the failures
            assert self.some_gave_up
            self.alive = True
        else:
            assert isinstance(outcome, APIStatusError), outcome

    @precondition(lambda self: self.can_log_in and not self.closed)
    @rule(burst=bursts, hurried=st.lists(kinds, min_size=1, max_size=3))
    def some_give_up(self, burst: list[str], hurried: list[str]) -> None:
        """In whatever they were: a login that was granted to them may be lost, a call is not."""
        self.allowed += len(hurried)
        self.some_gave_up = True
        steps = [step(kind, hurried=True) for kind in hurried]
        outcomes = self.driver.start([*steps, *(step(kind) for kind in burst)])()
        for outcome in outcomes[: len(hurried)]:
            assert outcome is None or isinstance(outcome, APITimeoutError), outcome
        self._judge(outcomes[len(hurried) :])

    @rule()
    def go_on_elsewhere(self) -> None:
        """On another event loop."""
        self.driver.move()

    @rule()
    def close(self) -> None:
        self.driver.close()
        self.closed = True

    @precondition(lambda self: not self.closed)
    @rule(burst=bursts)
    def close_while_calls_are_in_flight(self, burst: list[str]) -> None:
        outcomes = self.driver.start([step(kind) for kind in burst])
        self.driver.close()
        self.closed = True
        for outcome in outcomes():
            assert outcome is None or isinstance(outcome, LiminalError)

    @precondition(lambda self: self.closed)
    @rule(way=st.sampled_from(["token", "provider", "session id"]))
    def sign_in_again(self, way: str) -> None:
        self.driver.end()
        self._open(way)

    # What must hold

    def _judge(self, outcomes: list[Outcome]) -> None:
        if self.closed:
            assert all("closed" in str(outcome) for outcome in outcomes), outcomes
        elif self.alive or self.can_log_in:
            assert outcomes == [None] * len(outcomes), outcomes
            self.alive = True
        else:
            assert all(isinstance(outcome, AuthError) for outcome in outcomes), outcomes

    @invariant()
    def there_was_no_login_beyond_one_for_each_end(self) -> None:
        assert self.sandbox.logins <= self.allowed

    @invariant()
    def nothing_was_submitted_twice(self) -> None:
        assert self.sandbox.doubled_submits == 0

    @invariant()
    def a_session_that_is_alive_can_be_read(self) -> None:
        assert not self.alive or self.driver.client.session_id is not None

    def teardown(self) -> None:
        self.driver.end()
        self.sandbox.stop()


class BlockingSessions(Sessions):
    """In threads."""

    Driver = BlockingDriver


class AsyncSessions(Sessions):
    """In tasks; ``go_on_elsewhere`` goes from asyncio to trio and back."""

    @staticmethod
    def Driver(url: str, auth: Any) -> AsyncDriver:  # noqa: N802 - a class in the other variant
        return AsyncDriver(url, auth, "asyncio")


# By the nightly profile 2,000, which take some minutes; 100 otherwise.
EXAMPLES = settings(max_examples=min(settings.default.max_examples, 2000), stateful_step_count=12)

TestSessionsInThreads = BlockingSessions.TestCase
TestSessionsInThreads.settings = EXAMPLES
TestSessionsInTasks = AsyncSessions.TestCase
TestSessionsInTasks.settings = EXAMPLES
