"""Cancels a coroutine at a point that is counted, on any event loop."""

from collections.abc import Callable, Coroutine, Generator
from typing import Any


class CancelledAt:
    """Awaits ``coroutine``, and calls ``cancel`` when it gives way for the n-th time."""

    def __init__(
        self, coroutine: Coroutine[Any, Any, Any], n: int, cancel: Callable[[], object]
    ) -> None:
        self._coroutine = coroutine
        self._n = n
        self._cancel = cancel

    def __await__(self) -> Generator[Any, Any, Any]:
        steps_left = self._n
        step: Callable[[], Any] = lambda: self._coroutine.send(None)  # noqa: E731
        while True:
            try:
                awaited = step()
            except StopIteration as stop:
                return stop.value
            steps_left -= 1
            if steps_left == 0:
                self._cancel()
            step = yield from _answer(self._coroutine, awaited)


def _answer(
    coroutine: Coroutine[Any, Any, Any], awaited: Any
) -> Generator[Any, Any, Callable[[], Any]]:
    """Let the event loop have ``awaited``; give the step with which the coroutine goes on."""
    try:
        value = yield awaited
    except BaseException as error:  # noqa: BLE001 - a cancellation, most of all
        raised = error
        return lambda: coroutine.throw(raised)
    return lambda: coroutine.send(value)
