"""Puts complete files in place: a crash at any moment leaves the original or the result.

A result is written to a part file in the same folder, synced to the disk, and renamed.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from .formats.slots import FileProblemError

PART_PREFIX: Final = ".liminal-"
PART_SUFFIX: Final = ".part"
_CHANGED: Final = "it was changed while it was read"


class Identity(NamedTuple):
    """Identifies a file and its version."""

    device: int
    inode: int
    size: int
    changed: int


def identity_of(info: os.stat_result) -> Identity:
    """Return the identity from the result of ``stat``."""
    return Identity(info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)


def open_regular(path: Path, expected: Identity | None = None) -> BinaryIO:
    """Open a regular file for reading; FileProblemError if it isn't the expected one."""
    # Without O_NONBLOCK, opening a pipe without a writer would block.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    file = os.fdopen(descriptor, "rb")
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        file.close()
        raise FileProblemError("it is not a regular file")
    if expected is not None and identity_of(info) != expected:
        file.close()
        raise FileProblemError(_CHANGED)
    return file


@dataclass(frozen=True, slots=True)
class Place:
    """Where a result goes. With ``in_place``, ``target`` is the original and keeps a backup."""

    target: Path
    in_place: bool
    # Part of the names of a run's part files, so that it finds them when it resumes.
    mark: str

    @property
    def part(self) -> Path:
        """The file to which the result is written first."""
        name = blake2b(os.fsencode(self.target.name), digest_size=8).hexdigest()
        return self.target.with_name(f"{PART_PREFIX}{self.mark}-{name}{PART_SUFFIX}")

    def begin(self) -> BinaryIO:
        """Open an empty part file; FileProblemError if the target exists already."""
        if not self.in_place:
            self.require_free()
            self.target.parent.mkdir(parents=True, exist_ok=True)
        self.drop()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
        return os.fdopen(os.open(self.part, flags, 0o600), "wb")

    def require_free(self) -> None:
        """Raise FileProblemError if the target exists already."""
        if os.path.lexists(self.target):
            raise FileProblemError(f"{self.target} exists already")

    def drop(self) -> None:
        """Remove the part file, if there is one."""
        self.part.unlink(missing_ok=True)

    def publish(self, file: BinaryIO, source: Path, expected: Identity) -> Path | None:
        """Move the result to the target; return the path of the backup, if there is one.

        FileProblemError if ``source`` is no longer the ``expected`` one.
        """
        info = source.stat()
        if identity_of(info) != expected:
            raise FileProblemError(_CHANGED)
        _seal(file, self.part, info)
        if not self.in_place:
            _rename_to_free(self.part, self.target)
            _sync(self.target.parent)
            return None
        backup = _backup(self.target)
        self.part.replace(self.target)
        _sync(self.target.parent)
        return backup


_BINARY: Final[int] = getattr(os, "O_BINARY", 0)  # Windows would translate line ends


def _seal(file: BinaryIO, path: Path, like: os.stat_result) -> None:
    """Give the file the owner and mode of another, sync it to the disk, and close it."""
    file.flush()
    if hasattr(os, "chown"):
        with suppress(OSError):  # only root may change the owner
            os.chown(path, like.st_uid, like.st_gid)
    path.chmod(stat.S_IMODE(like.st_mode))
    os.fsync(file.fileno())
    file.close()


def _rename_to_free(part: Path, target: Path) -> None:
    """Rename, unless the target has been created in the meantime."""
    try:
        target.hardlink_to(part)
    except FileExistsError:
        raise FileProblemError(f"{target} exists already") from None
    except OSError:  # the file system has no hard links
        if os.path.lexists(target):
            raise FileProblemError(f"{target} exists already") from None
        part.rename(target)
    else:
        part.unlink()


def _backup(original: Path) -> Path:
    """Keep the original as ``.bak``, or as ``.bak.1`` and so on where that name is taken."""
    number = 0
    while True:
        backup = original.with_name(f"{original.name}.bak{f'.{number}' if number else ''}")
        number += 1
        try:
            backup.hardlink_to(original)
            return backup
        except FileExistsError:
            if not backup.is_symlink() and backup.samefile(original):
                return backup  # an earlier run made it and was killed
        except OSError:  # the file system has no hard links
            if not os.path.lexists(backup):
                _copy(original, backup)
                return backup


def _copy(original: Path, backup: Path) -> None:
    with original.open("rb") as source, backup.open("xb") as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
    shutil.copystat(original, backup)


def _sync(folder: Path) -> None:
    """Sync a folder's entries to the disk, if the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def digest_of(path: Path) -> str | None:
    """Return the digest of a file's content; None if it can't be read."""
    found = blake2b(digest_size=16)
    try:
        with open_regular(path) as file:
            while chunk := file.read(1 << 20):
                found.update(chunk)
    except (OSError, FileProblemError):
        return None
    return found.hexdigest()
