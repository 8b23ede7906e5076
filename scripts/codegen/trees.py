"""Compares folders, and replaces one by another."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


def differences(made: Path, there: Path, name: str) -> Iterator[str]:
    """Name each file that is out of date; ``name`` is what ``there`` is called."""
    new, old = _files(made), _files(there)
    for path in sorted(new.keys() | old.keys()):
        if path not in old:
            yield f"missing: {name}/{path}"
        elif path not in new:
            yield f"left over: {name}/{path}"
        elif new[path].read_bytes() != old[path].read_bytes():
            yield f"differs: {name}/{path}"


def _files(folder: Path) -> dict[str, Path]:
    """Map relative names to files. What Python itself leaves behind doesn't count."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if "__pycache__" not in path.parts and not path.is_dir()
    }


def replace(made: Path, place: Path) -> None:
    """Put ``made`` where ``place`` is, whose files all go. If it fails, nothing has changed."""
    place.parent.mkdir(parents=True, exist_ok=True)
    # Beside the place, so that both moves stay within a file system, and can hardly fail.
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".codegen-") as folder:
        new, old = Path(folder, "new"), Path(folder, "old")
        shutil.copytree(made, new)
        try:
            if place.exists():
                place.rename(old)
            new.rename(place)
        finally:
            if old.exists() and not place.exists():
                old.rename(place)
