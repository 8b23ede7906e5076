"""Callbacks that a program subscribes and unsubscribes: plain functions."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import TypeVar

from liminal.errors import LiminalError

C = TypeVar("C", bound=Callable[..., object])


def subscribe(what: str, callback: C, callbacks: dict[object, C]) -> Callable[[], None]:
    """Add ``callback`` to ``callbacks``. The returned function removes it.

    Raises LiminalError, which names ``what`` it is for, unless it is a plain function or callable:
    nobody would await a coroutine function, or an object with an asynchronous ``__call__``.
    """
    called = getattr(callback, "__call__", None)  # noqa: B004 - of an object, it may be async
    if not callable(callback) or iscoroutinefunction(callback) or iscoroutinefunction(called):
        raise LiminalError(f"{what} must be a plain function")
    key = object()
    callbacks[key] = callback

    def unsubscribe() -> None:
        callbacks.pop(key, None)

    return unsubscribe
