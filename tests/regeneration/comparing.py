"""Runs the report's parts on made-up changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from scripts.codegen.contract.document import Contract
from scripts.codegen.report.lines import Change, Place
from scripts.codegen.report.wire.calls import changed_operations
from scripts.codegen.report.wire.contracts import Pair, schemas
from tests.regeneration.changing import BASE, Case, Data


@cache
def base() -> Contract:
    return Contract(BASE)


class Unwritten(Contract):
    """A contract that is in no file, so that nothing has to be parsed: all of it is in line 1."""

    def __init__(self, data: Data) -> None:
        self.path = Path("openapi", "liminal.yaml")
        self.data = json.loads(json.dumps(data))

    def _line(self, _: object) -> int:
        return 1


@cache
def wire_changes(case: Case) -> list[Change]:
    """List what the report says of the contract and of clients of the old one."""
    pair = Pair(base(), Unwritten(case.after()), "before")
    return [*changed_operations(pair), *schemas(pair)]


def wire_changes_of(edit: Callable[[Data], object]) -> list[Change]:
    """List what the report says of the contract after an edit."""
    return wire_changes(Case("", "", edit))


def made(rule: str) -> Change:
    """Make a line up."""
    return Change(rule, "it", "", Place("a", 1), "operations")
