"""The Python surface: the public names of `liminal` and `liminal_api`, as griffe reads them.

Nothing is imported: the sources of another revision are read like those of the work tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import griffe

PACKAGES = ("liminal_api", "liminal")

# Modules without an underscore that only serve those beside them.
INNER = {"liminal_api.decode", "liminal_api.deprecation", "liminal_api.encode"}
INNER |= {f"liminal.sandbox.authority_{part}" for part in ("answers", "app", "tls")}
MODELS = "liminal_api.models"


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function, or of a model's constructor."""

    name: str
    kind: str  # as in inspect, e.g. "keyword-only"
    type: str
    required: bool
    default: str


@dataclass(frozen=True)
class Name:
    """A public name. ``type`` is what it holds, or what it returns.

    ``home`` is the first of the names that the same thing has.
    """

    path: str
    home: str
    kind: str  # "module", "class", "function" or "attribute"
    file: Path
    line: int
    type: str = ""
    value: str = ""
    parameters: tuple[Parameter, ...] = ()
    bases: tuple[str, ...] = ()
    is_model: bool = False

    @property
    def owner(self) -> str:
        return self.path.rpartition(".")[0]


Surface = dict[str, Name]
Packages = dict[str, griffe.Object | griffe.Alias]


def surface(packages: Packages) -> Surface:
    """List the public names of packages."""
    found = _Surface({}, {})
    for name, package in packages.items():
        found.add(package, name)
    return found.names


def load(root: Path) -> Packages:
    """Have griffe read the packages that lie under ``root`` as they do in the project."""
    loader = griffe.GriffeLoader(search_paths=[root, root / "generated"], allow_inspection=False)
    packages: Packages = {}
    for name in PACKAGES:
        if any((one / name).is_dir() for one in loader.finder.search_paths):
            packages[name] = loader.load(name, try_relative_path=False)
    loader.resolve_aliases(implicit=True, external=False)
    return packages


@dataclass(frozen=True)
class _Surface:
    names: Surface
    homes: dict[int, str]

    def add(self, thing: griffe.Object | griffe.Alias, path: str) -> None:
        target = thing.final_target if isinstance(thing, griffe.Alias) else thing
        if path in INNER or path in self.names:
            return
        home = self.homes.setdefault(id(target), path)
        if isinstance(target, griffe.Class):
            self._class(target, path, home)
        elif isinstance(target, griffe.Function):
            self.names[path] = _function(target, path, home)
        elif isinstance(target, griffe.Attribute):
            self._attribute(target, path, home)
        elif isinstance(target, griffe.Module):
            self.names[path] = Name(path, home, "module", _file(target), 1)
            for name, member in _public(target):
                if not (path == MODELS and member.is_module):
                    self.add(member, f"{path}.{name}")

    def _class(self, target: griffe.Class, path: str, home: str) -> None:
        is_model = any("attrs" in str(one.value) for one in target.decorators)
        self.names[path] = Name(
            path,
            home,
            "class",
            _file(target),
            target.lineno or 1,
            parameters=tuple(_fields(target)) if is_model else (),
            bases=tuple(str(base) for base in target.bases),
            is_model=is_model,
        )
        for name, member in target.members.items():
            if not name.startswith("_") or name == "__init__":
                self.add(member, f"{path}.{name}")

    def _attribute(self, target: griffe.Attribute, path: str, home: str) -> None:
        type_, is_property = str(target.annotation or ""), "property" in target.labels
        value = "" if is_property else str(target.value or "")
        line = target.lineno or 1
        self.names[path] = Name(path, home, "attribute", _file(target), line, type_, value)
        if is_property and not path.endswith(".api"):  # That is documented as a liminal_api.Client.
            self._facade(target, path)

    def _facade(self, target: griffe.Attribute, path: str) -> None:
        """Go on to what a property such as ``client.prompt`` gives, if it has no public name."""
        annotation: Any = target.annotation
        inner = getattr(annotation, "canonical_path", "").rpartition(".")
        module = target.modules_collection
        if inner[0].startswith("liminal._"):
            found = module[inner[0]].members.get(inner[2])
            if found is not None and found.is_class and not path.count(".") > 2:
                for name, member in found.members.items():
                    if not name.startswith("_"):
                        self.add(member, f"{path}.{name}")


def _public(module: griffe.Module) -> Iterator[tuple[str, griffe.Object | griffe.Alias]]:
    for name, member in sorted(module.members.items(), key=_order):
        if member.is_public and not (member.is_alias and not _ours(member)):
            yield name, member


def _order(item: tuple[str, griffe.Object | griffe.Alias]) -> str:
    """Sort modules, which come as the file system lists them, after what stands in the file."""
    name, member = item
    return name if isinstance(member, griffe.Module) else ""


def _ours(member: griffe.Object | griffe.Alias) -> bool:
    """Return whether griffe could follow an import: those of other packages it doesn't load."""
    return isinstance(member, griffe.Alias) and member.resolved


def _file(thing: griffe.Object) -> Path:
    path = thing.filepath
    return path if isinstance(path, Path) else Path()


def _function(target: griffe.Function, path: str, home: str) -> Name:
    parameters = tuple(
        Parameter(
            one.name,
            str(one.kind.value if one.kind else ""),
            str(one.annotation or ""),
            one.required,
            str(one.default or ""),
        )
        for one in target.parameters
        if one.name not in {"self", "cls"}
    )
    line = target.lineno or 1
    return Name(
        path, home, "function", _file(target), line, str(target.returns or ""), "", parameters
    )


def _fields(target: griffe.Class) -> Iterator[Parameter]:
    """List what the constructor takes that attrs makes."""
    for name, member in target.members.items():
        if isinstance(member, griffe.Attribute) and "ClassVar" not in str(member.annotation):
            value = str(member.value or "")
            given = value.partition("attrs.field(")[2]
            default = value if not given else given.partition("default=")[2].partition(",")[0]
            required = not value or bool(given and "default=" not in given)
            yield Parameter(name, "keyword-only", str(member.annotation), required, default)
