"""Gives each new session id to the callbacks of ``on_session_change``."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from liminal._calls.observing.observers import subscribe

from .state import Session

Listener = Callable[[str], object]

_log = logging.getLogger("liminal")


class SessionListeners:
    """Plain functions that receive each new id of ``session``, and never an older one last.

    If a listener's own call changes the id, the listeners are called again once it has returned. A
    further change by that second call waits for the next one, since the service may renew the
    session with each answer.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known = session.snapshot.value
        self._from_listener: str | None = None  # the last id that a listener's own call brought
        self._listeners: dict[object, Listener] = {}
        self.reset_lock()

    def reset_lock(self) -> None:
        """Replace the lock in the child of a fork, where the thread that holds it is gone."""
        self._lock = threading.Lock()
        self._notifier: int | None = None  # the thread that holds the lock, or held it last

    def add(self, listener: Listener) -> Callable[[], None]:
        """Subscribe ``listener``; the returned function unsubscribes it."""
        return subscribe("a session-change callback", listener, self._listeners)

    def notify(self) -> None:
        """Call the listeners if the id is new. If another thread is doing so, it will re-check."""
        here, follows = threading.get_ident(), False
        while (value := self._pending()) and not (follows and value == self._from_listener):
            if self._lock.locked():
                if self._notifier == here:
                    self._from_listener = value
                return
            with self._lock:  # KeyboardInterrupt may come at any step, and must not keep it locked
                self._notifier = here
                if value := self._pending():
                    follows = value == self._from_listener
                    self._call(value)

    def _pending(self) -> str | None:
        value = self._session.snapshot.value
        return None if value == self._known else value

    def _call(self, value: str) -> None:
        """Call all listeners. An exception is logged by its type alone, and breaks no renewal."""
        self._known = value
        for listener in tuple(self._listeners.values()):
            try:
                listener(value)
            except Exception as error:  # noqa: BLE001 - a caller's code may raise anything
                _log.error("a session-change callback raised %s", type(error).__name__)
