"""Lists the files of the sources, and what is left out, with the reason."""

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
class Left:
    """What is not read, and why. It is a failure if it was asked for, or can't be read."""

    path: Path
    reason: str
    is_failure: bool


def find(sources: Sequence[Path], without: Path | None) -> Iterator[Found | Left]:
    """The files of the sources, and what is left out, each once.

    ``without`` is a folder that is passed over.
    """
    seen: set[Path | Left] = set()
    for source in sources:
        for one in _of_source(source, without):
            # What is left out may be a link, which must not pass for the file that it leads to.
            real = one.path.resolve() if isinstance(one, Found) else _left_at(one)
            if real not in seen:
                seen.add(real)
                yield one


def _left_at(one: Left) -> Left:
    return replace(one, path=one.path.parent.resolve() / one.path.name)


def _of_source(source: Path, without: Path | None) -> Iterator[Found | Left]:
    try:
        mode = source.stat().st_mode
    except OSError as error:
        yield Left(source, error.strerror or "it can't be read", is_failure=True)
        return
    if stat.S_ISDIR(mode):
        # "." and ".." have no name that could stand at the target.
        name = "" if source.name == ".." else source.name
        yield from _walk(source, Path(name), without and without.resolve())
    elif stat.S_ISREG(mode):
        # A link that was named is followed: the file that it stands for is the one to replace.
        path = source.resolve() if source.is_symlink() else source
        yield Found(path, Path(source.name))
    else:
        yield Left(source, "it is not a regular file", is_failure=True)


def _walk(folder: Path, relative: Path, without: Path | None) -> Iterator[Found | Left]:
    waiting = [(folder, relative)]
    while waiting:
        folder, relative = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda one: one.name)
        except OSError as error:
            yield Left(folder, error.strerror or "it can't be read", is_failure=True)
            continue
        folders: list[tuple[Path, Path]] = []
        for entry in entries:
            path = folder / entry.name
            if entry.name.startswith(PART_PREFIX):
                continue  # our own
            if not entry.is_dir(follow_symlinks=False) or entry.name.startswith("."):
                yield _judged(entry, path, relative / entry.name)
            elif without is None or path.resolve() != without:
                folders.append((path, relative / entry.name))
        waiting.extend(reversed(folders))


def _judged(entry: os.DirEntry[str], path: Path, relative: Path) -> Found | Left:
    reason = _reason(entry, path)
    if reason is None:
        return Found(path, relative)
    return Left(path, reason, is_failure=False)


def _reason(entry: os.DirEntry[str], path: Path) -> str | None:
    """Why an entry of a folder is not read; None if it is."""
    if entry.name.startswith("."):
        return "it is hidden"
    if entry.is_symlink():
        return "it is a symbolic link"
    if not entry.is_file(follow_symlinks=False):
        return "it is not a regular file"
    if _BACKUP.search(entry.name):
        return "it is a backup"
    if path.suffix.lower() not in KNOWN:
        return "it is of no kind that is read in a folder"
    return None
