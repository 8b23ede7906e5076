"""Sessions as a state machine: in whatever order things happen, no call is lost and none hangs.

Hypothesis signs in, calls, ends, rotates, revokes, cancels, closes and begins again, against the
sandbox; a model says what each call must come to, and how many logins there may have been at most.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import count
from typing import Any

import anyio
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from liminal import Client, SyncClient
from liminal.auth import SessionId, Token
from liminal.errors import APIStatusError, APITimeoutError, AuthError, LiminalError
from liminal.sandbox import Sandbox
from tests.faults.variants import variant
from tests.support.providers import GivenToken
from tests.support.tasks import PATIENCE

from .caller import listed

CALLS: dict[str, Callable[[Any, str], Any]] = {
    "list": lambda client, _: client.thread.get_available(),
    "models": lambda client, _: client.llm.get_available_model_instances(),
    "api": lambda client, _: listed(client),
    "stream": lambda client, text: client.prompt.stream(1, text).text(),
    "submit": lambda client, text: client.prompt.submit(1, text),
}
LOGIN, PROBE = "/api/v1/auth/*", "/api/v1/prompts/analyze"
TROUBLE = {"Retry-After": "0"}
HURRY = 0.002
# What became of a call: an error of ours, or None for an answer. A hurried one may get neither.
Outcome = LiminalError | None

texts = map("text {}".format, count(1))
kinds = st.sampled_from(sorted(CALLS))
bursts = st.lists(kinds, min_size=2, max_size=5)
ways = st.sampled_from(["token", "provider", "session id"])


def outcomes(calls: "Sequence[Future[Any]]") -> list[Outcome]:
    """Wait for the calls."""
    return [_outcome(call) for call in calls]


def _outcome(call: "Future[Any]") -> Outcome:
    try:
        call.result(PATIENCE)
    except LiminalError as error:
        return error
    return None


class Sessions(RuleBasedStateMachine):
    """The model: whether the session is alive, whether it can be renewed, what logins may be."""

    variants: tuple[str, ...]  # each event loop, or threads

    @initialize(rolls=st.booleans(), way=ways)
    def sign_in(self, rolls: bool, way: str) -> None:
        self.sandbox = Sandbox(roll_sessions=rolls).start()
        self.allowed, self.some_gave_up = 0, False
        self.elsewhere = list(self.variants)
        self._enter()
        self._open(way)

    def _enter(self) -> None:
        self.elsewhere.append(self.elsewhere.pop(0))
        self.context = variant(self.elsewhere[-1])
        self.sdk = self.context.__enter__()

    def _open(self, way: str) -> None:
        self.way, self.revoked, self.closed = way, False, False
        self.alive = way == "session id"
        auth: Any = Token(self.sandbox.token)
        if way == "provider":
            auth = GivenToken(next(texts).replace(" ", "-"))
            self.sandbox.provider_tokens.add(auth.token)
        elif self.alive:
            auth = SessionId(self.sandbox.create_session())
        self.auth = auth
        self.allowed += not self.alive
        kind = SyncClient if self.sdk.name == "blocking" else Client
        self.client: Any = kind(self.sandbox.url, auth=auth, deadline=PATIENCE / 2)

    @property
    def can_log_in(self) -> bool:
        return self.way != "session id" and not self.revoked

    # Calls

    def _start(self, burst: Sequence[str]) -> "list[Future[Any]]":
        return [self.sdk.start(partial(CALLS[kind], self.client, next(texts))) for kind in burst]

    def _start_hurried(self, kind: str) -> "Future[Any]":
        if self.sdk.name == "blocking":
            hasty = self.client.with_options(deadline=HURRY)
            return self.sdk.start(partial(CALLS[kind], hasty, next(texts)))
        return self.sdk.start(partial(_cancelled_soon, CALLS[kind], self.client))

    def _probe(self) -> Outcome:
        """Not one of ``CALLS``, so that no call given up before meets a failure scripted for it."""
        probe = self.sdk.start(lambda: self.client.prompt.analyze(1, next(texts)))
        return _outcome(probe)

    # What may happen

    @rule(kind=kinds)
    def call(self, kind: str) -> None:
        self._judge(outcomes(self._start([kind])))

    @rule(burst=bursts)
    def call_side_by_side(self, burst: list[str]) -> None:
        self._judge(outcomes(self._start(burst)))

    @rule()
    def expire(self) -> None:
        self._end()

    @precondition(lambda self: self.alive and self.can_log_in and not self.closed)
    @rule(burst=bursts)
    def expire_while_calls_are_in_flight(self, burst: list[str]) -> None:
        calls = self._start(burst)
        self._end()
        self._judge(outcomes(calls))
        # They may have been answered before the end: only now is the session surely alive again.
        self._judge([self._probe()])

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
        self.sandbox.fail_next(401, path=PROBE)
        self.allowed += 1
        outcome = self._probe()
        if self.revoked:
            assert isinstance(outcome, AuthError), outcome
            self.alive = False
        else:
            assert outcome is None, outcome

    @precondition(lambda self: self.alive and not self.closed)
    @rule()
    def an_answer_takes_the_session_back(self) -> None:
        gone = {"Set-Cookie": "session=; Max-Age=0"}
        self.sandbox.fail_next(404, path=PROBE, headers=gone)
        outcome = self._probe()
        assert isinstance(outcome, APIStatusError), outcome
        assert self.client.session_id is None
        self.alive = False
        self.allowed += 1

    @precondition(lambda self: self.can_log_in and not self.alive and not self.closed)
    @rule(kind=kinds, times=st.integers(1, 3))
    def the_login_is_in_trouble(self, kind: str, times: int) -> None:
        self.sandbox.fail_next(503, path=LOGIN, headers=TROUBLE, times=times)
        (outcome,) = outcomes(self._start([kind]))
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
        given_up = [self._start_hurried(kind) for kind in hurried]
        self._judge(outcomes(self._start(burst)))
        for outcome in outcomes(given_up):
            assert outcome is None or isinstance(outcome, APITimeoutError), outcome

    @rule()
    def go_on_elsewhere(self) -> None:
        """On another event loop; the one before ends."""
        self.context.__exit__(None, None, None)
        self._enter()

    @rule()
    def close(self) -> None:
        self.sdk.run(self.client.close)
        self.closed = True

    @precondition(lambda self: not self.closed)
    @rule(burst=bursts)
    def close_while_calls_are_in_flight(self, burst: list[str]) -> None:
        calls = self._start(burst)
        self.sdk.run(self.client.close)
        self.closed = True
        for outcome in outcomes(calls):
            assert outcome is None or isinstance(outcome, LiminalError)

    @precondition(lambda self: self.closed)
    @rule(way=ways)
    def sign_in_again(self, way: str) -> None:
        self._open(way)

    # What must hold

    def _judge(self, came_to: list[Outcome]) -> None:
        if self.closed:
            assert all("closed" in str(outcome) for outcome in came_to), came_to
        elif self.alive or self.can_log_in:
            assert came_to == [None] * len(came_to), came_to
            self.alive = True
        else:
            assert all(isinstance(outcome, AuthError) for outcome in came_to), came_to

    @invariant()
    def there_was_no_login_beyond_one_for_each_end(self) -> None:
        assert self.sandbox.logins <= self.allowed

    @invariant()
    def nothing_was_submitted_twice(self) -> None:
        assert self.sandbox.doubled_submits == 0

    @invariant()
    def a_session_that_is_alive_can_be_read(self) -> None:
        assert not self.alive or self.client.session_id is not None

    def teardown(self) -> None:
        self.sdk.run(self.client.close)
        self.context.__exit__(None, None, None)
        self.sandbox.stop()


async def _cancelled_soon(call: Callable[[Any, str], Any], client: Any) -> None:
    with anyio.move_on_after(HURRY):
        await call(client, next(texts))


class BlockingSessions(Sessions):
    variants = ("blocking",)


class AsyncSessions(Sessions):
    variants = ("asyncio", "trio")


# By the nightly profile 2,000, which take some minutes; 100 otherwise.
EXAMPLES = settings(max_examples=min(settings().max_examples, 2000), stateful_step_count=12)

TestSessionsInThreads = BlockingSessions.TestCase
TestSessionsInThreads.settings = EXAMPLES
TestSessionsInTasks = AsyncSessions.TestCase
TestSessionsInTasks.settings = EXAMPLES
