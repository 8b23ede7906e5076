"""Renews the session once for all calls that need it (single flight).

The two variants stand side by side, since they wait differently: tasks of any event loop by
an ``AsyncWaiter``, and threads by a ``Waiter``. Both decide under the same lock, and neither holds
it while it waits or sends.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextlib import suppress
from operator import itemgetter
from types import TracebackType
from typing import Final, Self

import anyio

from liminal._calls.call import Call
from liminal._calls.observing.observers import REPORTING_LOGIN
from liminal._http.loops import AsyncWaiter, Loop
from liminal._http.sockets.limits import Waiter, wait_for
from liminal.errors import LiminalError

from .shared import SharedSession
from .state import SessionSnapshot

# How often a waiting call checks whether it was forgotten: the event loop of the renewal, or of
# the call before it in the queue, may have been stopped, or KeyboardInterrupt may have come.
_CHECK_SECONDS: Final = 0.25

_Entry = tuple[int, Callable[[], None]]


class _Queue:
    """The calls that wait for one renewal. Each wakes the next, the oldest first.

    Otherwise newer calls could overtake an old one repeatedly when sessions end quickly.
    """

    def __init__(self) -> None:
        self.is_over = False
        self._entries: list[_Entry] = []

    def add(self, call: Call, wake: Callable[[], None]) -> _Entry:
        """Let ``call`` wait. The caller holds the session's lock."""
        entry = (call.number, wake)
        self._entries.append(entry)
        return entry

    def end(self) -> None:
        """Mark the renewal as over. The caller holds the session's lock."""
        self._entries.sort(key=itemgetter(0), reverse=True)
        self.is_over = True

    def leave(self, entry: _Entry | None = None) -> None:
        """Stop waiting; once the renewal is over, wake the next."""
        with suppress(ValueError):
            self._entries.remove(entry)  # type: ignore[arg-type]  # None is not in it
        if self.is_over:
            with suppress(IndexError):
                self._entries.pop()[1]()


class _Renewal:
    """A ``with`` block in which one call renews the session, or waits until another has.

    Its end wakes the waiting calls. So does its garbage collection, since KeyboardInterrupt can
    come between any two steps, even at the first one of ``__exit__``.
    """

    _leads = False

    def __init__(self, session: SharedSession, call: Call) -> None:
        self._session = session
        self._call = call
        self.queue = _Queue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._leads and isinstance(error, LiminalError):
            self._session.fail(self._call, error)
        self._end()

    def __del__(self) -> None:
        self._end()

    def _lead(self) -> None:
        """Become the renewal that other calls wait for. The caller holds the lock."""
        self._leads = True
        self._session.renewal = weakref.ref(self)

    def _end(self) -> None:
        """Allow the next renewal, and wake the waiting calls."""
        if not self._leads:
            return
        session = self._session
        with session.lock:
            current = session.renewal and session.renewal()
            if current is None or current is self:
                session.renewal = None
            self.queue.end()
        self.queue.leave()
        self._leads = False


class AsyncRenewal(_Renewal):
    """The renewal for tasks, on any number of event loops at a time."""

    def __init__(self, session: SharedSession, call: Call) -> None:
        super().__init__(session, call)
        self.loop: Loop = Loop()

    @classmethod
    def current(cls, session: SharedSession) -> AsyncRenewal | None:
        """The renewal in progress, or None if its event loop was stopped in the middle of it."""
        found = session.renewal and session.renewal()
        return found if isinstance(found, cls) and found.loop.is_running else None

    async def begin(self, snapshot: SessionSnapshot) -> bool:
        """Whether this call is to renew the session now; False once another call has tried.

        Raises the error of a renewal that failed after this call began.
        """
        session = self._session
        with session.lock:
            if session.is_newer(snapshot):
                return False
            # Also if a newer call renews now: an old one would wait for each renewal that fails.
            session.raise_failure(self._call)
            leader = self.current(session)
            if leader is None:
                self._lead()
                return True
            waiter, queue, loop = AsyncWaiter(), leader.queue, leader.loop
            entry = queue.add(self._call, waiter.wake)
        del leader  # so that it can be collected
        try:
            with session.deadline_paused(self._call):
                while not queue.is_over and loop.is_running:
                    with anyio.move_on_after(_CHECK_SECONDS):
                        await waiter.wait()
                        break
        finally:
            queue.leave(entry)
        return False


class Renewal(_Renewal):
    """The renewal for threads."""

    @classmethod
    def current(cls, session: SharedSession) -> Renewal | None:
        """The renewal in progress."""
        found = session.renewal and session.renewal()
        return found if isinstance(found, cls) else None

    def begin(self, snapshot: SessionSnapshot) -> bool:
        """Whether this call is to renew the session now; False once another call has tried.

        Raises the error of a renewal that failed after this call began.
        """
        session = self._session
        with session.lock:
            if session.is_newer(snapshot):
                return False
            session.raise_failure(self._call)  # as above
            leader = self.current(session)
            if leader is None:
                self._lead()
                return True
            if self._waits_for_itself():
                raise LiminalError(
                    "an on_call callback can't make a call while a login is reported"
                )
            waiter, queue = Waiter(), leader.queue
            entry = queue.add(self._call, lambda: waiter.put(None))
        del leader  # so that it can be collected
        try:
            with session.deadline_paused(self._call):
                while not (wait_for(waiter, _CHECK_SECONDS) or queue.is_over):
                    pass  # the call's own limit raises TimeoutError
        finally:
            queue.leave(entry)
        return False

    def _waits_for_itself(self) -> bool:
        """Whether this call is made in a callback that the login waits for."""
        observation = self._call.observation
        return observation is not None and observation.observers is REPORTING_LOGIN.get()
