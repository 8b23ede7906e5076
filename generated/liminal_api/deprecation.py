# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Warnings for what the contract calls deprecated, at the line of the one who uses it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

if TYPE_CHECKING:
    from typing_extensions import deprecated
else:

    def deprecated(message: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Have each call warn (PEP 702, which the standard library has from Python 3.13 on)."""

        def decorate(function: Callable[P, T]) -> Callable[P, T]:
            @wraps(function)
            def warning(*args: P.args, **kwargs: P.kwargs) -> T:
                warnings.warn(message, DeprecationWarning, stacklevel=2)
                return function(*args, **kwargs)

            return warning

        return decorate


__all__ = ("deprecated", "warn_deprecated")


def warn_deprecated(message: str) -> None:
    """Warn from ``__attrs_post_init__`` about an argument of the constructor."""
    warnings.warn(message, DeprecationWarning, stacklevel=4)
