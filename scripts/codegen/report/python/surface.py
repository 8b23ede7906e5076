"""The Python surface: the public names of `liminal` and `liminal_api`, as griffe reads them.

Nothing is imported: the sources of another revision are read like those of the work tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import griffe

PACKAGES = ("liminal_api", "liminal")

# Modules without an underscore that only serve those beside them.
INNER = {"liminal_api.decode", "liminal_api.deprecation", "liminal_api.encode"}
INNER |= {f"liminal.sandbox.authority_{part}" for part in ("answers", "app", "tls")}
MODELS = "liminal_api.models"
CLIENTS = ("liminal.Client", "liminal.SyncClient")


@dataclass(frozen=True)
class Name:
    """A public name, or a parameter, whose path is ``owner(name)``.

    ``type`` is what it holds, or what it returns. ``home`` is the first of the names that the same
    thing has.
    """

    path: str
    home: str
    owner: str
    kind: str  # "module", "class", "function", "attribute"; of a parameter e.g. "keyword-only"
    file: Path
    line: int
    type: str = ""
    value: str = ""
    required: bool | None = None  # None: neither a parameter nor a field of a model
    bases: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()
    is_model: bool = False

    @property
    def name(self) -> str:
        return self.path.removeprefix(self.owner).strip(".()")

    @property
    def is_parameter(self) -> bool:
        return self.path.endswith(")")


Thing = griffe.Object | griffe.Alias
Surface = dict[str, Name]
Packages = dict[str, Thing]


def surface(packages: Packages) -> Surface:
    """List the public names of packages."""
    found = _Surface({}, {})
    for name, package in packages.items():
        found.add(package, name, "")
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
    homes: dict[tuple[int, str], str]

    def add(self, thing: Thing, name: str, owner: str) -> None:
        target = thing.final_target if isinstance(thing, griffe.Alias) else thing
        path = f"{owner}.{name}" if owner else name
        if path in INNER or path in self.names:
            return
        # The two clients are told apart, even where they share a class.
        client = next((one for one in CLIENTS if path.startswith(one)), "")
        home = self.homes.setdefault((id(target), client), path)
        file = target.filepath if isinstance(target.filepath, Path) else Path()
        own = Name(path, home, owner, target.kind.value, file, target.lineno or 1)
        if isinstance(target, griffe.Class):
            self._class(target, own)
        elif isinstance(target, griffe.Function):
            self._function(target, own)
        elif isinstance(target, griffe.Attribute):
            self._attribute(target, own)
        elif isinstance(target, griffe.Module):
            self.names[path] = replace(own, line=1)
            for key, member in _public(target):
                if not (path == MODELS and member.is_module):
                    self.add(member, key, path)

    def _class(self, target: griffe.Class, own: Name) -> None:
        is_model = any("attrs" in str(one.value) for one in target.decorators)
        bases = tuple(str(base) for base in target.bases)
        self.names[own.path] = replace(own, bases=bases, is_model=is_model)
        self._members(target, own.path, "__init__")

    def _members(self, target: Thing, path: str, *special: str) -> None:
        for name, member in target.members.items():
            if not name.startswith("_") or name in special:
                self.add(member, name, path)

    def _function(self, target: griffe.Function, own: Name) -> None:
        order = tuple(one.name for one in target.parameters if "positional" in str(one.kind))
        self.names[own.path] = replace(own, type=str(target.returns or ""), positional=order)
        for one in target.parameters:
            if one.name not in {"self", "cls"}:
                path, home = f"{own.path}({one.name})", f"{own.home}({one.name})"
                self.names[path] = replace(
                    own, path=path, home=home, owner=own.path, kind=str(one.kind),
                    type=str(one.annotation or ""), value=str(one.default or ""),
                    required=one.required,
                )  # fmt: skip

    def _attribute(self, target: griffe.Attribute, own: Name) -> None:
        is_property = "property" in target.labels
        value, required = "" if is_property else str(target.value or ""), None
        owner = self.names.get(own.owner)
        if owner and owner.is_model:
            value, required = _default(target)
        type_ = str(target.annotation or "")
        self.names[own.path] = replace(own, type=type_, value=value, required=required)
        if is_property and own.name != "api":  # That is documented as a liminal_api.Client.
            self._facade(target, own.path)

    def _facade(self, target: griffe.Attribute, path: str) -> None:
        """Go on to what a property such as ``client.prompt`` gives, if it has no public name."""
        annotation: Any = target.annotation
        module, _, name = getattr(annotation, "canonical_path", "").rpartition(".")
        if module.startswith("liminal._") and path.count(".") < 3:
            found = target.modules_collection[module].members.get(name)
            if found is not None and found.is_class:
                self._members(found, path)


def _public(module: griffe.Module) -> Iterator[tuple[str, Thing]]:
    """List public members, without imports from packages that griffe doesn't load."""
    for name, member in sorted(module.members.items(), key=_order):
        if member.is_public and not (isinstance(member, griffe.Alias) and not member.resolved):
            yield name, member


def _order(item: tuple[str, Thing]) -> str:
    """Sort modules, which come as the file system lists them, after what stands in the file."""
    name, member = item
    return name if isinstance(member, griffe.Module) else ""


def _default(target: griffe.Attribute) -> tuple[str, bool | None]:
    """Return the default of a model's field, and whether the constructor requires the field.

    A deprecated field is a property, and has its default at a private name.
    """
    found = target.parent.members.get(f"_{target.name}", target) if target.parent else target
    if "property" in found.labels or "ClassVar" in str(target.annotation):
        return "", None
    value = str(getattr(found, "value", None) or "")
    given = value.partition("attrs.field(")[2]
    default = value if not given else given.partition("default=")[2].partition(",")[0]
    return default, not default
