"""Print the public surface of the `liminal` that this interpreter has, as JSON.

Run by the interpreter of another environment, so it needs nothing but the standard library:
`.venv-bench-seed/bin/python scripts/earlier_surface.py` describes the earlier SDK. Each name has
what a caller can rely on: null for an attribute, a module or a value, the parameters for what can
be called. `*` goes before those that are given by keyword alone, `=` after those with a default.
"""

import ast
import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

_INHERITED = ("liminal", "mashumaro")  # members of other bases, such as Exception, belong to Python


def surface() -> dict[str, list[str] | None]:
    """Every public name, with its parameters where it has some."""
    package = importlib.import_module("liminal")
    found: dict[str, list[str] | None] = {"liminal": None}
    found.update(_names(package))
    for info in pkgutil.walk_packages(package.__path__, "liminal."):
        found[info.name] = None
        found.update(_names(importlib.import_module(info.name)))
    return dict(sorted(found.items()))


def _names(module: ModuleType) -> Iterator[tuple[str, list[str] | None]]:
    """Return the names that a module defines or imports from the package."""
    for name in _bound(ast.parse(inspect.getsource(module))):
        path, value = f"{module.__name__}.{name}", getattr(module, name)
        if inspect.isclass(value) and value.__module__ == module.__name__:
            yield path, _parameters(value)
            yield from ((f"{path}.{member}", of) for member, of in _members(value))
        else:
            yield path, None


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        names: list[str] = []
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names = [node.name]
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("liminal"):
            names = [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        yield from (name for name in names if not name.startswith("_"))


def _members(cls: type) -> Iterator[tuple[str, list[str] | None]]:
    """Return methods and attributes, including those of instances."""
    fields: dict[str, object] = getattr(cls, "__dataclass_fields__", {})
    yield from ((name, None) for name in fields)
    yield from ((name, None) for name in _assigned(cls))
    for base in cls.__mro__:
        if base.__module__.partition(".")[0] not in _INHERITED:
            continue
        for name in vars(base):
            if not name.startswith("_"):
                value = getattr(cls, name)
                yield name, _parameters(value) if inspect.isroutine(value) else None


def _assigned(cls: type) -> Iterator[str]:
    """The public attributes that ``__init__`` sets."""
    source = inspect.getsource(cls)
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and not node.attr.startswith("_")
        ):
            yield node.attr


def _parameters(call: Any) -> list[str] | None:
    if inspect.isclass(call) and "__init__" not in _own(call):
        return None
    parameters = list(inspect.signature(call).parameters.values())
    if parameters and parameters[0].name == "self":
        del parameters[0]
    return [_parameter(parameter) for parameter in parameters]


def _own(cls: type) -> set[str]:
    """Return the names that a class has from the package itself."""
    return {
        name for base in cls.__mro__ if base.__module__.startswith("liminal") for name in vars(base)
    }


def _parameter(parameter: inspect.Parameter) -> str:
    star = "*" if parameter.kind is inspect.Parameter.KEYWORD_ONLY else ""
    return f"{star}{parameter.name}{'' if parameter.default is parameter.empty else '='}"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(surface(), indent=1) + "\n")
