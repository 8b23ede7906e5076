"""What hand-written code imports of the generated: the operations it reaches, and what is gone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.codegen.contract.document import Contract
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.report.python.python_names import path_of
from scripts.codegen.report.python.surface import Packages

PACKAGE = "liminal_api"
# Derived from the asyncio variant, so it imports the same names.
DERIVED = "_sync"


@dataclass(frozen=True)
class Import:
    """A statement ``from module import names``."""

    file: Path
    line: int
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
        lacking = (name for name in self.names if name not in module.members)
        return [f"{self.module}.{name}" for name in lacking]


def imports(root: Path) -> Iterator[Import]:
    """List what the hand-written code under ``root`` imports of the generated."""
    folder = root / "liminal"
    for path in sorted(folder.rglob("*.py")):
        if DERIVED in path.relative_to(folder).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and _is_generated(node.module):
                names = tuple(one.name for one in node.names)
                yield Import(path.relative_to(root), node.lineno, node.module or "", names)


def without_facade(contract: Contract, imported: list[Import]) -> list[Operation]:
    """List the operations that no module of `liminal` uses: `client.api` alone has them."""
    used = {
        f"{one.module}.{name}"
        for one in imported
        if "sandbox" not in one.file.parts
        for name in one.names
    }
    return [one for one in operations(contract) if path_of(one) not in used]


def _is_generated(module: str | None) -> bool:
    return (module or "").split(".")[0] == PACKAGE
