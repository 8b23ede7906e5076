"""Who wants to know of each new session id, and what they were told last."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable

from liminal.errors import LiminalError

Listener = Callable[[str], object]

_log = logging.getLogger("liminal")


class SessionListeners:
    """Plain functions that are given each new session id. ``told`` is the id they know already."""

    def __init__(self, told: str | None) -> None:
        self._told = told
        self._listeners: dict[object, Listener] = {}

    def add(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` from now on; the returned function ends that."""
        if not callable(listener) or inspect.iscoroutinefunction(listener):
            raise LiminalError("a session-change callback must be a plain function")
        key = object()
        self._listeners[key] = listener

        def unsubscribe() -> None:
            self._listeners.pop(key, None)

        return unsubscribe

    def news(self, value: str | None) -> str | None:
        """``value``, if there is one and they have not been told."""
        return None if value == self._told else value

    def tell(self, value: str) -> None:
        """Call them all. What one raises is logged by its type: it must not break the renewal."""
        self._told = value
        for listener in tuple(self._listeners.values()):
            try:
                listener(value)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the listener's
                _log.error("a session-change callback raised %s", type(error).__name__)
