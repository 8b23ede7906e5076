"""Closes a stream whose iterator was dropped: at once, or soon where that has to be awaited."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import anyio.lowlevel

# An event loop keeps only weak references to its tasks.
_closing: set[asyncio.Task[None]] = set()


def abandon_async(close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Have the running loop close it. Without one there is nothing left that could be open.

    An async generator would leave this to the loop's own hook, but trio's warns each time.
    """
    try:
        loop = anyio.lowlevel.current_token().native_token
    except RuntimeError:
        return
    if isinstance(loop, asyncio.AbstractEventLoop):
        task = loop.create_task(close())
        _closing.add(task)
        task.add_done_callback(_closing.discard)
    else:
        sys.modules["trio"].lowlevel.spawn_system_task(close)


def abandon(close: Callable[[], None]) -> None:
    """Close it."""
    close()
