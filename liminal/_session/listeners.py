"""The callbacks that receive each new session id."""

from __future__ import annotations

import logging
from collections.abc import Callable

from liminal._calls.observing.observers import subscribe

Listener = Callable[[str], object]

_log = logging.getLogger("liminal")


class SessionListeners:
    """Plain functions that receive each new session id; ``known`` is the id at the start."""

    def __init__(self, known: str | None) -> None:
        self._known = known
        self._listeners: dict[object, Listener] = {}

    def add(self, listener: Listener) -> Callable[[], None]:
        """Subscribe ``listener``; the returned function unsubscribes it."""
        return subscribe("a session-change callback", listener, self._listeners)

    def pending(self, value: str | None) -> str | None:
        """``value`` if the listeners have not received it yet, else None."""
        return None if value == self._known else value

    def notify(self, value: str) -> None:
        """Call all listeners. An exception is logged by its type alone, and breaks no renewal."""
        self._known = value
        for listener in tuple(self._listeners.values()):
            try:
                listener(value)
            except Exception as error:  # noqa: BLE001 - a caller's code may raise anything
                _log.error("a session-change callback raised %s", type(error).__name__)
