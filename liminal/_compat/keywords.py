"""Keyword arguments by their old names."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_STACK: Final = 3  # from the line below over the boundary of ``discreet`` to the caller


def renamed(**names: str) -> Callable[[F], F]:
    """Let a method take arguments by old keywords: ``@renamed(old="new")``, beneath ``discreet``.

    Type checkers see the new name alone.
    """

    def decorate(method: F) -> F:
        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            for old in names.keys() & kwargs.keys():
                if names[old] in kwargs:
                    continue  # Python's own TypeError says that there is one too many
                text = f"{old}= of {method.__name__}() is deprecated: use {names[old]}="
                warnings.warn(text, DeprecationWarning, stacklevel=_STACK)
                kwargs[names[old]] = kwargs.pop(old)
            return method(*args, **kwargs)

        setattr(call, "old_keywords", names)  # noqa: B010 - no attribute of a function, to mypy
        return cast("F", call)

    return decorate
