"""Where the parameters of an operation stand in the contract."""

from __future__ import annotations

from scripts.codegen.contract.document import Contract, Where
from scripts.codegen.contract.operations import Operation


def parameter_places(contract: Contract, operation: Operation) -> dict[tuple[str, str], Where]:
    """Map parameters by kind and name to their items, be they references or not."""
    _, path, _ = operation.where
    items = contract.data["paths"][path]
    return {
        (found["in"], found["name"]): (*where, "parameters", index)
        for where, data in ((("paths", path), items), (operation.where, operation.data))
        for index, one in enumerate(data.get("parameters", []))
        if (found := contract.resolve(one))
    }
