"""The whole comparison: a revision of the project, and what stands or is generated now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from scripts.codegen.contract.document import Contract, read
from scripts.codegen.report.lines import Change, Place
from scripts.codegen.report.python.facade import without_facade
from scripts.codegen.report.python.names import Surfaces
from scripts.codegen.report.python.python_names import model_of, origin, origins
from scripts.codegen.report.python.surface import Name, load, surface
from scripts.codegen.report.revision import CONTRACT, WATCHED
from scripts.codegen.report.versions import called_for, version_in
from scripts.codegen.report.wire.contracts import changes as wire_changes
from scripts.codegen.report.wire.contracts import directions
from scripts.codegen.report.wire.forms import Part
from scripts.codegen.trees import differences


@dataclass(frozen=True)
class Report:
    """What changed for users, and what follows from it."""

    since: str
    changes: list[Change]
    without_facade: list[str]
    version: str
    next_version: str
    reason: str

    @property
    def breaking(self) -> list[Change]:
        return [change for change in self.changes if change.breaking]

    def as_json(self) -> dict[str, Any]:
        return {
            "since": self.since,
            "changed": bool(self.changes),
            "breaking": len(self.breaking),
            "changes": [change.as_json() for change in self.changes],
            "without_facade": self.without_facade,
            "version": {"now": self.version, "next": self.next_version, "reason": self.reason},
        }


@dataclass(frozen=True)
class Project:
    """A project that lies under a folder; ``revision`` names the older of two."""

    root: Path
    revision: str

    @cached_property
    def contract(self) -> Contract | None:
        path = self.root / CONTRACT
        return read(path) if path.exists() else None

    @cached_property
    def _origins(self) -> dict[str, Part]:
        return origins(Part(self.contract, self.revision)) if self.contract else {}

    def place(self, name: Name) -> Place:
        """Point at the contract; for a name written by hand, at its file."""
        part = origin(self._origins, name.home)
        if part:
            return part.place
        inside = name.file.is_relative_to(self.root)
        file = name.file.relative_to(self.root) if inside else Path(name.file.name)
        return Place(file.as_posix(), name.line, "", self.revision)


def compare(old: Path, new: Path, revision: str, since: str) -> Report:
    """Compare the projects under two folders; ``revision`` names the older one."""
    before, after = Project(old, revision), Project(new, "")
    changes = [*_contract_changes(before, after)]
    folders = [path for path in WATCHED if path != CONTRACT]
    if any(found for one in folders for found in differences(old / one, new / one, one)):
        changes += _name_changes(before, after)
    changes = sorted(dict.fromkeys(changes), key=_order)
    version = version_in(old) or version_in(new) or "0.0.0"
    contract = after.contract or before.contract
    lacking = without_facade(contract, new) if contract else []
    return Report(since, changes, lacking, version, *called_for(version, changes))


_SECTIONS = ("operations", "schemas", "python")


def _order(change: Change) -> tuple[object, ...]:
    """Sort breaking lines before others; what is in the contract stays in the contract's order."""
    path = (change.subject, change.text, str(change.place)) if change.section == "python" else ()
    return _SECTIONS.index(change.section), not change.breaking, *path


def _contract_changes(old: Project, new: Project) -> Iterator[Change]:
    if old.contract and new.contract and old.contract.data != new.contract.data:
        yield from wire_changes(old.contract, new.contract, old.revision)


def _name_changes(old: Project, new: Project) -> list[Change]:
    ways = [directions(one.contract) for one in (old, new) if one.contract]
    sent, answered = (
        frozenset(model_of(name) for one in ways for name in one[way])
        for way in ("sent", "answered")
    )
    surfaces = Surfaces(
        surface(load(old.root)),
        surface(load(new.root)),
        lambda name, is_old: (old if is_old else new).place(name),
        sent,
        answered,
    )
    return surfaces.changes()
