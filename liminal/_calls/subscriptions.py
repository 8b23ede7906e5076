"""Callbacks that a program subscribes: plain functions, each of which can be taken out again."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import TypeVar

from liminal.errors import LiminalError

C = TypeVar("C", bound=Callable[..., object])


def subscribe(what: str, callback: C, callbacks: dict[object, C]) -> Callable[[], None]:
    """Add ``callback`` to ``callbacks``; the returned function takes it out.

    LiminalError, which says ``what`` it is, for all that nobody would wait for: coroutine functions
    and objects with an asynchronous ``__call__``.
    """
    called = getattr(callback, "__call__", None)  # noqa: B004 - of an object, it may be async
    if not callable(callback) or iscoroutinefunction(callback) or iscoroutinefunction(called):
        raise LiminalError(f"{what} must be a plain function")
    key = object()
    callbacks[key] = callback

    def unsubscribe() -> None:
        callbacks.pop(key, None)

    return unsubscribe
