"""Which operations the facade reaches, read from its imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.codegen.contract import Contract
from scripts.codegen.operations import Operation, operations
from scripts.codegen.report.python_names import module_of

GENERATED = "liminal_api.api."


def without_facade(contract: Contract, root: Path) -> list[Operation]:
    """List the operations that no module of `liminal` uses: `client.api` alone has them."""
    used = set(_used(root / "liminal"))
    return [one for one in operations(contract) if module_of(one.id) not in used]


def _used(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.py"):
        if "sandbox" not in path.relative_to(folder).parts:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(GENERATED):
                    yield from (name.name for name in node.names)
