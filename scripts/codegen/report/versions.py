"""The version that a change calls for, by Semantic Versioning.

Below 1.0 (section 4 of it leaves that to the project): a breaking line makes a new minor version
(0.4.2 → 0.5.0), anything else a new patch (0.4.2 → 0.4.3). From 1.0 on: breaking is a new major
version, something added or deprecated a new minor one, anything else a new patch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from scripts.codegen.report.lines import Action, Change

PATH = "liminal/_version.py"


def version_in(root: Path) -> str | None:
    """Read the version of the project under ``root``."""
    try:
        found = re.search(r'VERSION[^=]*= "([^"]+)"', (root / PATH).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return found[1] if found else None


def called_for(version: str, changes: Sequence[Change]) -> tuple[str, str]:
    """Return the next version and the reason for it."""
    major, minor, patch = (int(part) for part in re.findall(r"\d+", version)[:3])
    breaking = any(change.breaking for change in changes)
    if not changes:
        return version, "nothing changed for users"
    if breaking and major:
        return f"{major + 1}.0.0", "breaking"
    if breaking:
        return f"0.{minor + 1}.0", "breaking; below 1.0 that makes a new minor version"
    if major and any(change.action in {Action.USE, Action.MIGRATE} for change in changes):
        return f"{major}.{minor + 1}.0", "something is new or deprecated"
    reason = "nothing breaks" if major else "nothing breaks; below 1.0 that makes a new patch"
    return f"{major}.{minor}.{patch + 1}", reason
