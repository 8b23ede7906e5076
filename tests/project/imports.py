"""Read the imports of the project's modules, without importing any."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scripts.codegen.derive import ROOT


@dataclass(frozen=True)
class Module:
    """A module's dotted name, its source, and whether it is a package's ``__init__``."""

    name: str
    tree: ast.Module
    is_package: bool

    @property
    def package(self) -> str:
        return self.name if self.is_package else self.name.rpartition(".")[0]

    def imports(self) -> set[str]:
        """Name all it imports, wherever in the module: ``package.module.name`` or ``package``."""
        return {name for node in _statements(self.tree) for name in self._imported(node)}

    def imports_when_run(self) -> set[str]:
        """Name what it imports for more than its types."""
        nodes = _statements(self.tree, for_types=False)
        return {name for node in nodes for name in self._imported(node)}

    def _imported(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = self._source(node)
            yield from (f"{source}.{alias.name}" for alias in node.names)

    def _source(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        up = self.package.split(".")
        kept = up[: len(up) - node.level + 1]
        return ".".join([*kept, *([node.module] if node.module else [])])


def _statements(node: ast.AST, *, for_types: bool = True) -> Iterator[ast.AST]:
    """All statements beneath; expressions hold no imports, and are most of a module."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(node, block, ()):
            if for_types or not _is_for_types(statement):
                yield statement
                yield from _statements(statement, for_types=for_types)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def parse(name: str, source: str, *, is_package: bool = False) -> Module:
    return Module(name, ast.parse(source), is_package)


@cache
def modules(package: str) -> tuple[Module, ...]:
    """Read all modules of one of the project's packages."""
    root = (ROOT / "generated" if package == "liminal_api" else ROOT) / package
    return tuple(_read(root, path) for path in sorted(root.rglob("*.py")))


def _read(root: Path, path: Path) -> Module:
    parts = [root.name, *path.relative_to(root).with_suffix("").parts]
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return parse(name, path.read_text("utf-8"), is_package=is_package)


def within(name: str, *packages: str) -> bool:
    """Tell whether ``name`` is one of the packages, or in one."""
    return any(name == package or name.startswith(package + ".") for package in packages)
