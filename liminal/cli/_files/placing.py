"""Puts whole files in place: a crash at any moment leaves the original or the result.

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
    """Which file this is, and whether it has changed."""

    device: int
    inode: int
    size: int
    changed: int


def identity_of(info: os.stat_result) -> Identity:
    """The identity that goes with what ``stat`` said."""
    return Identity(info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)


def opened(path: Path, expected: Identity | None = None) -> BinaryIO:
    """A regular file, for reading; FileProblemError if it is another than expected."""
    # Opening a pipe that nobody writes to would wait, without this.
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
    # Names the part files of a run, so that it finds its own when it goes on.
    mark: str

    @property
    def part(self) -> Path:
        """The file that the result is written to at first."""
        name = blake2b(os.fsencode(self.target.name), digest_size=8).hexdigest()
        return self.target.with_name(f"{PART_PREFIX}{self.mark}-{name}{PART_SUFFIX}")

    def begin(self) -> BinaryIO:
        """Open the part file, empty; FileProblemError if the target may not be written."""
        if not self.in_place:
            self.require_free()
            self.target.parent.mkdir(parents=True, exist_ok=True)
        self.drop()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
        return os.fdopen(os.open(self.part, flags, 0o600), "wb")

    def require_free(self) -> None:
        """FileProblemError if something has the target's name."""
        if os.path.lexists(self.target):
            raise FileProblemError(f"{self.target} exists already")

    def drop(self) -> None:
        """Remove the part file, if there is one."""
        self.part.unlink(missing_ok=True)

    def publish(self, file: BinaryIO, source: Path, expected: Identity) -> Path | None:
        """Put the result in place of nothing, or of the original; the path of the backup.

        ``source`` must still be as ``expected``.
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
    """Close a file that has the rights of another, once it is on the disk."""
    file.flush()
    if hasattr(os, "chown"):
        with suppress(OSError):  # only root may give files away
            os.chown(path, like.st_uid, like.st_gid)
    path.chmod(stat.S_IMODE(like.st_mode))
    os.fsync(file.fileno())
    file.close()


def _rename_to_free(part: Path, target: Path) -> None:
    """Rename, but replace nothing that has come meanwhile."""
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
                return backup  # made just before an earlier run was killed
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
    """Have the names in a folder on the disk, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def digest_of(path: Path) -> str | None:
    """What a file is recognized by; None if it can't be read."""
    found = blake2b(digest_size=16)
    try:
        with opened(path) as file:
            while chunk := file.read(1 << 20):
                found.update(chunk)
    except (OSError, FileProblemError):
        return None
    return found.hexdigest()
