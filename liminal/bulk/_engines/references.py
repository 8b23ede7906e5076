"""Functions that are sent to other processes by name: ``"module:name"``."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from operator import attrgetter
from typing import Any, Final

from liminal.errors import LiminalError

_NAME: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def reference(what: str, function: object) -> str:
    """Return the ``"module:name"`` of a function that was given as such or by its name.

    LiminalError for anything else. The error doesn't show the value, which may be a secret.
    """
    if not isinstance(function, str):
        module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
        if not callable(function) or module == "__main__" or not _names(f"{module}:{name}"):
            raise LiminalError(_refusal(what))
        if resolved(what, f"{module}:{name}") is not function:
            raise LiminalError(_refusal(what))
        return f"{module}:{name}"
    if not _names(function):
        raise LiminalError(_refusal(what))
    resolved(what, function)
    return function


def resolved(what: str, name: str) -> Callable[[], Any]:
    """Import the function with this name; LiminalError if that fails."""
    module, _, path = name.partition(":")
    found: Any = None
    with suppress(ImportError, AttributeError):
        found = attrgetter(path)(import_module(module))
    if not callable(found):
        raise LiminalError(_refusal(what))
    function: Callable[[], Any] = found
    return function


def _names(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _refusal(what: str) -> str:
    return (
        f"{what} must be a function at the top of a module that other processes can import, or its"
        ' name as "module:name"; a recipe itself must not contain a secret'
    )
