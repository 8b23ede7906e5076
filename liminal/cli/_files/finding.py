"""Lists the files of the sources, and those that are skipped, with the reason."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .placing import PART_PREFIX

TEXT: Final = (".txt", ".text", ".md", ".markdown")
DELIMITED: Final = (".csv", ".tsv")
JSON_LINES: Final = (".jsonl", ".ndjson")
PARQUET: Final = (".parquet",)
_BACKUP: Final = re.compile(r"\.bak(\.\d+)?$")
KNOWN: Final = (*TEXT, *DELIMITED, *JSON_LINES, *PARQUET)


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read, and its path at the target."""

    path: Path
    relative: Path


@dataclass(frozen=True, slots=True)
class Skipped:
    """A path that is not read, and why. Named by the user or unreadable, it is a failure."""

    path: Path
    reason: str
    is_failure: bool


def find(sources: Sequence[Path], excluded: Path | None) -> Iterator[Found | Skipped]:
    """Yield the files of the sources and the skipped ones, each once.

    ``excluded`` is a folder that is not searched.
    """
    seen: set[Path | Skipped] = set()
    for source in sources:
        for one in _of_source(source, excluded):
            # A skipped path may be a link, which must not be taken for its target.
            real = one.path.resolve() if isinstance(one, Found) else _resolved(one)
            if real not in seen:
                seen.add(real)
                yield one


def _resolved(one: Skipped) -> Skipped:
    return replace(one, path=one.path.parent.resolve() / one.path.name)


def _of_source(source: Path, excluded: Path | None) -> Iterator[Found | Skipped]:
    try:
        mode = source.stat().st_mode
    except OSError as error:
        yield Skipped(source, error.strerror or "it can't be read", is_failure=True)
        return
    if stat.S_ISDIR(mode):
        # "." and ".." are no names for a folder at the target.
        name = "" if source.name == ".." else source.name
        yield from _walk(source, Path(name), excluded and excluded.resolve())
    elif stat.S_ISREG(mode):
        # A link that the user named is followed: its target is the file to replace.
        path = source.resolve() if source.is_symlink() else source
        yield Found(path, Path(source.name))
    else:
        yield Skipped(source, "it is not a regular file", is_failure=True)


def _walk(folder: Path, relative: Path, excluded: Path | None) -> Iterator[Found | Skipped]:
    folders_left = [(folder, relative)]
    while folders_left:
        folder, relative = folders_left.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda one: one.name)
        except OSError as error:
            yield Skipped(folder, error.strerror or "it can't be read", is_failure=True)
            continue
        folders: list[tuple[Path, Path]] = []
        for entry in entries:
            path = folder / entry.name
            if entry.name.startswith(PART_PREFIX):
                continue  # a part file or journal of a run
            if not entry.is_dir(follow_symlinks=False) or entry.name.startswith("."):
                yield _classified(entry, path, relative / entry.name)
            elif excluded is None or path.resolve() != excluded:
                folders.append((path, relative / entry.name))
        folders_left.extend(reversed(folders))


def _classified(entry: os.DirEntry[str], path: Path, relative: Path) -> Found | Skipped:
    reason = _reason(entry, path)
    if reason is None:
        return Found(path, relative)
    return Skipped(path, reason, is_failure=False)


def _reason(entry: os.DirEntry[str], path: Path) -> str | None:
    """Return why an entry of a folder is skipped; None if it is read."""
    if entry.name.startswith("."):
        return "it is hidden"
    if entry.is_symlink():
        return "it is a symbolic link"
    if not entry.is_file(follow_symlinks=False):
        return "it is not a regular file"
    if _BACKUP.search(entry.name):
        return "it is a backup"
    if path.suffix.lower() not in KNOWN:
        return "its suffix is unknown: name the file itself to cleanse it as text"
    return None
