"""Clears local variables from the tracebacks of errors, since they hold prompts and secrets.

Error trackers report local variables. Every public function is therefore a boundary: when an error
passes it, the locals of this package's frames are cleared and the frames of the libraries beneath
are removed. Frames of the caller, such as an auth provider's, stay as they are. A call that
succeeds pays nothing.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from functools import wraps
from itertools import zip_longest
from types import FrameType, TracebackType
from typing import Any, Final, TypeVar, cast

from liminal.errors import LiminalError

_OWN_PACKAGES: Final = frozenset({"liminal", "liminal_api"})
_LIBRARIES: Final = sys.stdlib_module_names | {
    "anyio",
    "certifi",
    "eventlet",
    "gevent",
    "h11",
    "h2",
    "hpack",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "hyperframe",
    "idna",
    "jwt",
    "msal",
    "msal_extensions",
    "outcome",
    "requests",
    "sniffio",
    "socksio",
    "trio",
    "truststore",
    "urllib3",
}

_SHUTTING_DOWN: Final = "the interpreter is shutting down: make calls earlier"
# Each boundary below raises the error outside of ``except``, where the exception that the caller
# handles is visible, and keeps it in a list until then: a local would be a reference cycle of error
# and frame.
# To type checkers a decorator is the identity, so that signatures are unchanged.
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def discreet(call: F) -> F:
    """Make a function or method a boundary."""

    @wraps(call)
    def boundary(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again
            failed = [error]
        del args, kwargs
        raise emptied(failed.pop())

    return cast("F", boundary)


def discreet_async(call: F) -> F:
    """Make a coroutine function a boundary."""

    @wraps(call)
    async def boundary(*args: Any, **kwargs: Any) -> Any:
        try:
            return await call(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again
            failed = [error]
        del args, kwargs
        raise emptied(failed.pop())

    return cast("F", boundary)


def discreet_steps(call: F) -> F:
    """Make every step of a generator function a boundary."""

    @wraps(call)
    def boundary(*args: Any, **kwargs: Any) -> Generator[Any, None, None]:
        try:
            yield from call(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again
            failed = [error]
        else:
            return
        del args, kwargs
        raise emptied(failed.pop())

    return cast("F", boundary)


def discreet_async_steps(call: F) -> F:
    """Make every step of an asynchronous generator function a boundary."""

    @wraps(call)
    async def boundary(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        try:
            async with aclosing(call(*args, **kwargs)) as steps:
                async for step in steps:
                    yield step
        except BaseException as error:  # noqa: BLE001 - raised again
            failed = [error]
        else:
            return
        del args, kwargs
        raise emptied(failed.pop())

    return cast("F", boundary)


def discreetly_made(kind: type[T]) -> type[T]:
    """Make the ``__init__`` of a class a boundary, including one that dataclasses generated."""
    setattr(kind, "__init__", discreet(vars(kind)["__init__"]))  # noqa: B010 - a method, to mypy
    return kind


def emptied(error: BaseException) -> BaseException:
    """The error, with the tracebacks of it and of every chained or grouped error cleared.

    An exception that the caller was already handling is the caller's and stays as it is.
    """
    if sys.is_finalizing() and isinstance(error, Exception) and not isinstance(error, LiminalError):
        return LiminalError(_SHUTTING_DOWN)  # modules may be unloaded by then, so anything may fail
    links, known = [error], {id(error), id(sys.exception())}
    for link in links:  # grows while it is iterated
        link.__traceback__ = _trimmed(link.__traceback__)
        group = isinstance(link, BaseExceptionGroup)
        parts = cast("BaseExceptionGroup[BaseException]", link).exceptions if group else ()
        for further in (link.__cause__, link.__context__, *parts):
            if further is not None and id(further) not in known:
                known.add(id(further))
                links.append(further)
    return error


def _trimmed(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        if _may_stay(trace.tb_frame):
            kept.append(trace)
        trace = trace.tb_next
    for step, beneath in zip_longest(kept, kept[1:]):
        step.tb_next = beneath
    return kept[0] if kept else None


def _may_stay(frame: FrameType) -> bool:
    """Clear a frame of this package and keep it, so that the traceback still shows the line.

    A frame that is still running can't be cleared. Library frames are never cleared: clearing the
    frame of a suspended generator would end the generator.
    """
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    if package not in _OWN_PACKAGES:
        return package not in _LIBRARIES
    try:
        frame.clear()
    except RuntimeError:
        return False
    return True
