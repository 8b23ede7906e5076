"""The operations that hand-written code does not use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.codegen.contract.document import Contract
from scripts.codegen.contract.operations import operations
from scripts.codegen.report.python.python_names import path_of

# Derived from the asyncio variant, so it uses the same operations; and no part of the facade.
LEFT_OUT = {"_sync", "sandbox"}


def without_facade(contract: Contract, root: Path) -> list[str]:
    """List the operations that no module of `liminal` imports: `client.api` alone has them."""
    used = set(_imports(root / "liminal"))
    return [one.id for one in operations(contract) if path_of(one) not in used]


def _imports(package: Path) -> Iterator[str]:
    for path in package.rglob("*.py"):
        if LEFT_OUT.isdisjoint(path.relative_to(package).parts):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom):
                    yield from (f"{node.module}.{one.name}" for one in node.names)
