"""The whole comparison: a revision of the project, and what stands or is generated now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scripts.codegen.contract.document import Contract, read
from scripts.codegen.report.lines import Change, Place
from scripts.codegen.report.python.facade import broken, imports, without_facade
from scripts.codegen.report.python.names import Surfaces
from scripts.codegen.report.python.python_names import model_of, origin, origins
from scripts.codegen.report.python.surface import Name, Packages, load, surface
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


def compare(old: Path, new: Path, revision: str, since: str) -> Report:
    """Compare the projects under two folders; ``revision`` names the older one."""
    contracts = [read(root / CONTRACT) for root in (old, new) if (root / CONTRACT).exists()]
    changes: list[Change] = []
    if len(contracts) == 2 and contracts[0].data != contracts[1].data:
        changes += without_halves([*wire_changes(contracts[0], contracts[1], revision)])
    imported = [*imports(new)]
    folders = [path for path in WATCHED if path != CONTRACT]
    if any(found for one in folders for found in differences(old / one, new / one, one)):
        packages = load(new)
        changes += broken(imported, packages)
        changes += _names(old, new, packages, contracts, revision)
    changes = sorted(dict.fromkeys(changes), key=_order)
    version = version_in(old) or version_in(new) or "0.0.0"
    lacking = [one.id for one in without_facade(contracts[-1], imported)] if contracts else []
    return Report(since, changes, lacking, version, *called_for(version, changes))


_SECTIONS = ("operations", "schemas", "python")


def _order(change: Change) -> tuple[object, ...]:
    """Sort breaking lines before others; what is in the contract stays in the contract's order."""
    path = (change.subject, change.text, str(change.place)) if change.section == "python" else ()
    return _SECTIONS.index(change.section), not change.breaking, *path


def without_halves(changes: list[Change]) -> list[Change]:
    """Drop the safe half of a change of type whose other half is breaking."""
    told = {(one.subject, one.detail, one.place) for one in changes if one.breaking and one.detail}
    return [
        one for one in changes if one.breaking or (one.subject, one.detail, one.place) not in told
    ]


def _names(
    old: Path, new: Path, packages: Packages, contracts: list[Contract], revision: str
) -> Iterator[Change]:
    pair = [Part(one) for one in contracts] if len(contracts) == 2 else []
    known = [
        origins(replace(whole, revision=of))
        for whole, of in zip(pair, (revision, ""), strict=False)
    ]
    ways = [directions(one) for one in contracts]
    sent, answered = (
        frozenset(model_of(name) for one in ways for name in one[way])
        for way in ("sent", "answered")
    )

    def point(name: Name, is_old: bool) -> Place:  # noqa: FBT001 - a callback's argument
        part = origin(known[not is_old], name.home) if known else None
        if part:
            return part.place
        root, of = (old, revision) if is_old else (new, "")
        file = (
            name.file.relative_to(root).as_posix()
            if name.file.is_relative_to(root)
            else name.file.name
        )
        return Place(file, name.line, "", of)

    return Surfaces(surface(load(old)), surface(packages), point, sent, answered).changes()
