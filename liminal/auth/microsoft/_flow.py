"""The steps of a sign-in, as a generator that asyncio and blocking callers drive alike.

A person is asked once, however many threads and tasks wait for the answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import attrs

from liminal._http.sockets.monotonic import monotonic
from liminal.auth.microsoft._errors import failure, not_interactive, prompt_is_asyncio, timed_out
from liminal.auth.microsoft._outcomes import (
    Granted,
    NoAnswer,
    NoSuchTenant,
    NotRenewed,
    Outcome,
    Pending,
    Refused,
    Started,
)
from liminal.errors import AuthError

if TYPE_CHECKING:
    from liminal.auth.microsoft._http import Connections
    from liminal.auth.microsoft._msal_client import MsalClient
    from liminal.auth.microsoft._settings import Settings

T = TypeVar("T")
# A step of msal to run, seconds to wait, a prompt to show, or the token.
Action = Callable[[], Outcome] | float | Started | Granted
# Sent the outcome of each step.
Flow = Generator[Action, Outcome, T]

# Seconds to wait for another process's renewal: as long as one takes at most, unless that process
# was stopped in the middle of it. The lock of one that was killed is free at once.
RENEWAL_PATIENCE: Final = 30.0
# Seconds between two looks at another caller's sign-in. The waiters may be in different threads and
# event loops, and polling is the one way that serves all of them.
POLL_SECONDS: Final = 0.05
# Seconds between two polls at least. An authority may ask for 0; a person won't notice this.
_SHORTEST: Final = 0.2
# Lost connections in a row before giving up: one should not cost the person their sign-in.
_MAX_MISSES: Final = 3


class Attempt:
    """One sign-in by a person, shared by every caller that waits until it is ``over``.

    ``error`` is what ended it: after a refusal, no waiter asks the person again.
    """

    over = False
    error: AuthError | None = None

    def check(self) -> None:
        """Raise a copy of the error: each waiter adds its own traceback."""
        if self.error is not None:
            raise AuthError(str(self.error))


class SingleFlight:
    """Lets one caller of a provider sign in at a time. ``dict.setdefault`` is atomic, so no lock.

    The attempt is kept by process ID, since the child of a fork can't wait for a thread of its
    parent.
    """

    def __init__(self) -> None:
        self._current: dict[int, Attempt] = {}

    @contextmanager
    def take(self) -> Generator[Attempt | None]:
        """Yield None to the one caller that signs in, and to others the attempt to wait for.

        A cancelled attempt ends without an error, so that one of the waiters signs in instead.
        """
        mine, process = Attempt(), os.getpid()
        try:  # from here on, since Ctrl-C may come right after the first step
            attempt = self._current.setdefault(process, mine)
            yield None if attempt is mine else attempt
        except AuthError as error:
            mine.error = error
            raise
        finally:
            mine.over = True
            if self._current.get(process) is mine:
                del self._current[process]


@attrs.frozen(kw_only=True)
class SignIn:
    """One call for a token. ``can_prompt``: whether the prompt suits the caller's variant."""

    settings: Settings
    msal_client: MsalClient
    connections: Connections
    interactive: bool
    can_prompt: bool

    def flow(self, sign_ins: SingleFlight) -> Flow[None]:
        """Take a token from the cache, from the sign-in of another caller, or from one of our own.

        Yields what to do next, and at last the token.
        """
        with self.connections:
            token = yield self.connections.running(self.msal_client.cached)
            while not isinstance(token, Granted):
                self._check_reached(token)
                with sign_ins.take() as attempt:
                    if attempt is None:
                        token = yield from self._own()
                if attempt is not None:
                    yield from self._others(attempt)
                    token = yield self.connections.running(self.msal_client.cached)
                elif not isinstance(token, Granted):  # outside, or those who wait would get it too
                    raise prompt_is_asyncio()
            yield token

    def _others(self, attempt: Attempt) -> Flow[None]:
        """Wait for another caller's sign-in; AuthError if that failed."""
        ends = monotonic() + self.settings.auth_challenge_timeout + RENEWAL_PATIENCE
        while not attempt.over:
            if monotonic() > ends:
                # Not logged: the code is another caller's, if there is one.
                raise timed_out(self.settings.auth_challenge_timeout, logged=False)
            yield POLL_SECONDS
        attempt.check()

    def _own(self) -> Flow[Outcome]:
        """Redeem the refresh token, or else have a person sign in, if the prompt suits."""
        renewed = yield from self._renew()
        if isinstance(renewed, Granted):
            return renewed
        self._check_reached(renewed)
        if not self.interactive:
            raise not_interactive(renewed)
        if not self.can_prompt:
            return renewed
        claims = renewed.claims if isinstance(renewed, Refused) else None
        begun = yield self.connections.running(partial(self.msal_client.begin, claims))
        if not isinstance(begun, Started):
            raise self._failure(begun)
        return (yield from self.ask(begun, partial(self.msal_client.poll, begun, claims)))

    def _renew(self) -> Flow[Outcome]:
        """Redeem the refresh token when no other process does, or when patience has run out."""
        ends = monotonic() + RENEWAL_PATIENCE
        while True:
            renew = partial(self.msal_client.renew, patient=monotonic() < ends)
            renewed = yield self.connections.running(renew)
            if not isinstance(renewed, NotRenewed):
                return renewed
            yield POLL_SECONDS

    def ask(self, begun: Started, poll: Callable[[], Outcome]) -> Flow[Granted]:
        """Show the prompt, and poll until the person has signed in (RFC 8628, 3.5)."""
        ends = monotonic() + begun.seconds
        interval, missed = max(begun.interval, _SHORTEST), 0
        yield begun
        while (left := ends - monotonic()) > 0:
            polled = yield self.connections.running(poll, left)
            if isinstance(polled, Granted):
                return polled
            missed = 0 if isinstance(polled, Pending) else missed + 1
            if isinstance(polled, Pending):
                interval += polled.slower
            elif not _is_transient(polled) or missed == _MAX_MISSES:
                raise failure(polled, self.settings.host, "did not complete the sign-in")
            yield min(interval * 2.0**missed, max(ends - monotonic(), 0.0))
        raise timed_out(begun.seconds, logged=self.settings.prompt is None)

    def _check_reached(self, outcome: Outcome) -> None:
        if isinstance(outcome, NoAnswer | NoSuchTenant):
            raise self._failure(outcome)

    def _failure(self, outcome: Outcome) -> AuthError:
        return failure(outcome, self.settings.host, "refused to start the sign-in")


def _is_transient(outcome: Outcome) -> bool:
    return isinstance(outcome, NoAnswer) and outcome.fault.is_transient
