"""Resolves the old names of a module, with a warning that says what to use instead."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module

from .names import NAMES, SUBMODULES


def moved(module: str) -> Callable[[str], object]:
    """Return the ``__getattr__`` (PEP 562) of a module that has, or had, old names.

    Each use of an old name warns, so that every line that has to change is reported.
    """
    names, submodules = NAMES.get(module, {}), SUBMODULES.get(module, ())

    def get(name: str) -> object:
        if name in submodules:
            return import_module(f"{module}.{name}")
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        old = names[name]
        warnings.warn(f"{module}.{name} {old.advice}", DeprecationWarning, stacklevel=2)
        new_module, _, new_name = old.target.rpartition(".")
        return getattr(import_module(new_module), new_name)

    return get
