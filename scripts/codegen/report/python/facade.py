"""What hand-written code imports of the generated: the operations it reaches, and what is gone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.codegen.contract.document import Contract
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.report.lines import Change, Place
from scripts.codegen.report.python.python_names import path_of
from scripts.codegen.report.python.surface import Packages

# Derived from the asyncio variant, so it imports the same names.
DERIVED = "_sync"


@dataclass(frozen=True)
class Import:
    """A statement ``from module import names``."""

    place: Place
    module: str
    names: tuple[str, ...]

    def missing(self, packages: Packages) -> list[str]:
        """List what of it the packages don't have, by its whole name."""
        package, *steps = self.module.split(".")
        module = packages[package]
        for step in steps:
            if step not in module.members:
                return [self.module]
            module = module.members[step]
        return [f"{self.module}.{name}" for name in self.names if name not in module.members]


def imports(root: Path) -> Iterator[Import]:
    """List what the hand-written code under ``root`` imports of the generated."""
    for path in sorted((root / "liminal").rglob("*.py")):
        file = path.relative_to(root)
        if DERIVED in file.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("liminal_api."):
                names = tuple(one.name for one in node.names)
                yield Import(Place(file.as_posix(), node.lineno), str(node.module), names)


def broken(imported: list[Import], packages: Packages) -> Iterator[Change]:
    """Find imports of names that the generated code no longer has."""
    for one in imported:
        missing = ", ".join(one.missing(packages))
        if missing:
            yield Change("import-broken", "hand-written code", missing, one.place, "python")


def without_facade(contract: Contract, imported: list[Import]) -> list[Operation]:
    """List the operations that no module of `liminal` uses: `client.api` alone has them."""
    used = {
        f"{one.module}.{name}"
        for one in imported
        if "/sandbox/" not in one.place.file
        for name in one.names
    }
    return [one for one in operations(contract) if path_of(one) not in used]
