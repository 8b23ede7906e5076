"""The session that all calls of a client share, and the listeners of its changes."""

from __future__ import annotations

import os
import threading
import time
import weakref
from contextlib import AbstractContextManager
from typing import Final

import httpx

from liminal._calls.call import Call
from liminal._http.settings.server_url import ServerUrl
from liminal.errors import LiminalError
from liminal_api.api.auth import get_current_user

from .listeners import SessionListeners
from .state import Session, SessionCookie, SessionSnapshot, find_session_cookie

# The session cookie must match the paths of the operations that need it; this one represents them.
_SIGNED_PATH: Final[str] = get_current_user.get_kwargs()["url"]


class SharedSession:
    """One client's session. Safe for any number of threads and event loops.

    ``interactive``: a person signs in, so the deadlines of all waiting calls are paused.
    """

    def __init__(self, session: Session, server: ServerUrl, *, interactive: bool) -> None:
        self.state: Session = session
        self.listeners: SessionListeners = SessionListeners(session)
        self._server = server
        self._interactive = interactive
        self.reset_locks()
        _living.add(self)

    def reset_locks(self) -> None:
        """Replace the locks in the child of a fork, where the threads that hold them are gone."""
        # Guards decisions, never a request. Reentrant, since the garbage collector may end a
        # renewal (`Renewal.__del__`) in a thread that holds it.
        self.lock: threading.RLock = threading.RLock()
        # The renewal in progress; weak, so that an interrupted call doesn't block the others.
        self.renewal: weakref.ref[object] | None = None
        self.listeners.reset_lock()

    @property
    def snapshot(self) -> SessionSnapshot:
        """The session as it is now."""
        return self.state.snapshot

    def is_newer(self, snapshot: SessionSnapshot) -> bool:
        """Whether the session has changed since ``snapshot`` was taken."""
        return self.state.snapshot.generation != snapshot.generation

    def cookie_of(self, headers: httpx.Headers) -> SessionCookie | None:
        """The session cookie of an answer, or None if it has none for this server."""
        lines = headers.get_list("set-cookie")
        host, path = self._server.host, self._server.path + _SIGNED_PATH
        return find_session_cookie(lines, host, path, time.time(), headers.get("date", ""))

    def adopt_from(self, headers: httpx.Headers, snapshot: SessionSnapshot) -> None:
        """Adopt the session of an answer, unless the session has changed since ``snapshot``.

        Not for a 401. Removes ``Set-Cookie`` from the headers, which callers may log or pickle.
        """
        cookie = self.cookie_of(headers)
        del headers["set-cookie"]
        if cookie is not None:
            self._adopt(cookie, sent_with=snapshot.generation)
            self.listeners.notify()

    def adopt_login(self, cookie: SessionCookie) -> None:
        """Adopt the session of a login, even if the session has changed meanwhile."""
        self._adopt(cookie, sent_with=None)

    def _adopt(self, cookie: SessionCookie, *, sent_with: int | None) -> None:
        with self.lock:
            self.state.adopt(cookie, time.monotonic(), sent_with=sent_with)

    def refuse(self, snapshot: SessionSnapshot, *, again: bool) -> None:
        """Record a 401, or ``again`` a second one for the same call: renew before the next call."""
        with self.lock:
            self.state.refuse(snapshot, again=again)

    def postpone(self, snapshot: SessionSnapshot) -> None:
        """Postpone the early renewal, since one failed while ``snapshot`` is still valid."""
        with self.lock:
            self.state.postpone(snapshot, time.monotonic())

    def raise_failure(self, call: Call) -> None:
        """Raise the error of a renewal that failed after this call began."""
        error = self.state.failure_for(call.number)
        if error is not None:
            raise error

    def deadline_paused(self, call: Call) -> AbstractContextManager[None]:
        """Pause the call's timeout during a renewal; its deadline too while a person signs in."""
        return call.deadline.paused() if self._interactive else call.deadline.try_paused()

    def fail(self, call: Call, error: LiminalError) -> None:
        """Fail all calls that waited for the renewal that ``call`` led.

        If the leader's own time ran out, the others may have more, so one of them tries instead.
        """
        if call.deadline.call_left() > 0:
            with self.lock:
                self.state.fail(error)


_living: weakref.WeakSet[SharedSession] = weakref.WeakSet()


def _after_fork() -> None:
    for session in tuple(_living):
        session.reset_locks()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
