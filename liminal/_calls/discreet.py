"""Lets no error carry out, in its frames' local variables, what was sent or received.

Error trackers send those variables along. So whatever a user calls is a boundary: an error that
passes it leaves the variables of our frames there, and the frames of the libraries beneath. The
caller's own frames, such as an auth provider's, stay as they are. When all goes well, nothing
happens here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from functools import wraps
from itertools import zip_longest
from types import FrameType, TracebackType
from typing import Any, Final, TypeVar, cast

_OURS: Final = frozenset({"liminal", "liminal_api"})
_BENEATH: Final = sys.stdlib_module_names | {
    "anyio",
    "certifi",
    "eventlet",
    "gevent",
    "h11",
    "h2",
    "hpack",
    "httpcore",
    "httpx",
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

# The identity to type checkers, so that signatures stay what they are.
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def discreet(call: F) -> F:
    """A function or method as a boundary."""

    @wraps(call)
    def boundary(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again
            failed = error
        finally:
            del args, kwargs
        try:
            raise emptied(failed)
        finally:
            del failed  # or frame and error would hold each other

    return cast("F", boundary)


def discreet_async(call: F) -> F:
    """A coroutine function as a boundary."""

    @wraps(call)
    async def boundary(*args: Any, **kwargs: Any) -> Any:
        try:
            return await call(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again
            failed = error
        finally:
            del args, kwargs
        try:
            raise emptied(failed)
        finally:
            del failed

    return cast("F", boundary)


def discreet_steps(call: F) -> F:
    """A generator function whose every step is a boundary."""

    @wraps(call)
    def boundary(*args: Any, **kwargs: Any) -> Generator[Any, None, None]:
        try:
            yield from call(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again
            failed = error
        else:
            return
        finally:
            del args, kwargs
        try:
            raise emptied(failed)
        finally:
            del failed

    return cast("F", boundary)


def discreetly_made(kind: type[T]) -> type[T]:
    """A class whose ``__init__`` is a boundary, also one that dataclasses wrote."""
    setattr(kind, "__init__", discreet(vars(kind)["__init__"]))  # noqa: B010 - a method, to mypy
    return kind


def emptied(error: BaseException) -> BaseException:
    """The error, it and what hangs on it without what their frames hold.

    What the caller was handling when it called us may hang on it, too, and is the caller's.
    """
    callers, links = sys.exception(), [error]
    for link in links:  # which grows
        link.__traceback__ = _trimmed(link.__traceback__)
        group = isinstance(link, BaseExceptionGroup)
        parts = cast("BaseExceptionGroup[BaseException]", link).exceptions if group else ()
        for further in (link.__cause__, link.__context__, *parts):
            known = further is callers or any(further is seen for seen in links)
            if further is not None and not known:
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
    """Empty a frame of ours, so that the traceback still tells where it went wrong.

    One that is still running can't be emptied. Nor is one of a library: to empty that of a
    generator that waits would end the generator.
    """
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    if package not in _OURS:
        return package not in _BENEATH
    try:
        frame.clear()
    except RuntimeError:
        return False
    return True
