"""Leaves out of the generated helper modules what no generated module uses."""

from __future__ import annotations

import ast
from pathlib import Path

HELPERS = ("decode", "encode", "deprecation", "pages")
# Helpers that hand-written code of `liminal` imports, whatever the contract holds.
KEPT = {"decode": {"mutable_twin"}}


def prune(folder: Path) -> None:
    """Remove unused helpers, and modules that are empty without them."""
    imported = _imported(folder)
    for name in HELPERS:
        path = folder / f"{name}.py"
        used = KEPT.get(name, set()) | imported[name]
        if used:
            path.write_text(_pruned(path.read_text("utf-8"), used), "utf-8")
        else:
            path.unlink(missing_ok=True)


def _imported(folder: Path) -> dict[str, set[str]]:
    """Map the helpers to what other modules of the package import of them."""
    found: dict[str, set[str]] = {name: set() for name in HELPERS}
    for path in folder.rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.level and node.module in found:
                found[node.module] |= {alias.name for alias in node.names}
    return found


def _pruned(source: str, used: set[str]) -> str:
    """Keep the names that are used, and the names that those use."""
    statements = [one for one in ast.parse(source).body if _defined(one)]
    waiting, needed = list(used), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            for one in (one for one in statements if name in _defined(one)):
                waiting += [node.id for node in ast.walk(one) if isinstance(node, ast.Name)]
    lines = source.splitlines(keepends=True)
    for one in (one for one in statements if not _defined(one) & needed):
        decorators: list[ast.expr] = getattr(one, "decorator_list", [])
        first = min([one.lineno, *(decorator.lineno for decorator in decorators)])
        for number in range(first - 1, one.end_lineno or first):
            lines[number] = ""
    return "".join(lines)


def _defined(statement: ast.stmt) -> set[str]:
    """List the names that a statement defines. Conditional definitions stay together."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id}
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return {statement.targets[0].id} - {"__all__"}
    if isinstance(statement, ast.If):
        return set[str]().union(*map(_defined, [*statement.body, *statement.orelse]))
    return set()
