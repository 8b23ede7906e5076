"""A small file that holds a secret: readable by its owner alone, and whole at any moment."""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from liminal._http.sockets.monotonic import monotonic
from liminal.auth._caught import CaughtForeignError
from liminal.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Generator

# A holder needs milliseconds. Who waits longer than this waits for a stopped process.
LOCK_PATIENCE: Final = 5.0
_LOCK_RETRY: Final = 0.01
# A token cache is some ten kilobytes; whatever is larger is not what we wrote.
_LARGEST: Final = 4 * 1024 * 1024


class Unusable(Exception):  # noqa: N818 - it is caught where it is reported, and never met by a user
    """The file is there, but must not be trusted. Its text says why, without content."""


def file_path(name: str, path: object) -> Path:
    """Return ``path`` as a path that a file can have; AuthError, which calls it ``name``, if not.

    It need not be there: what is wrong with a file is told when it is read or written.
    """
    with CaughtForeignError():
        file = Path(cast("str", path))
        if file.name and b"\0" not in os.fsencode(file):
            return file
    raise AuthError(f"{name} must be the path of a file: a str or an os.PathLike")


class PrivateFile:
    """One file at ``path``, with mode 0600, replaced as a whole.

    A reader, or a process that is killed while it writes, finds the old content or the new one.
    Two writers take turns inside ``locked``, be they threads or processes; the operating system
    frees the lock of a process that is killed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._new = self.path.with_name(f"{self.path.name}.new")
        self._lock = self.path.with_name(f"{self.path.name}.lock")

    def version(self) -> tuple[int, int, int] | None:
        """Return what changes whenever the file is replaced; None if there is none."""
        try:
            info = self.path.stat()
        except OSError:
            return None
        return info.st_ino, info.st_mtime_ns, info.st_size

    def read(self) -> bytes | None:
        """Return the content, None if there is no file; Unusable if it can't be trusted."""
        try:
            # Not to wait for a writer, if it should be a pipe.
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = error.strerror
        else:
            # Asked of the open file, so that nobody can put another one in its place.
            reason = _problem(os.fstat(descriptor))
            if reason is None:
                with os.fdopen(descriptor, "rb") as file:
                    return file.read(_LARGEST)
            os.close(descriptor)
        raise Unusable(reason)

    def write(self, content: bytes) -> None:
        """Replace the content; OSError if that can't be. Call it inside ``locked``."""
        # One name for the new file: what a killed writer left behind is cleared by the next one.
        self._new.unlink(missing_ok=True)
        descriptor = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            # Without it, a power cut may leave the new name on an empty file.
            os.fsync(descriptor)
        self._new.replace(self.path)

    @contextmanager
    def locked(self) -> Generator[None]:
        """Hold the file's lock. OSError if it can't be had (TimeoutError: somebody keeps it)."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            give_up = monotonic() + LOCK_PATIENCE
            while not _try_lock(descriptor):
                if monotonic() > give_up:
                    raise TimeoutError(f"another process keeps {self._lock} locked")
                time.sleep(_LOCK_RETRY)
            yield
        finally:
            os.close(descriptor)


if sys.platform == "win32":  # pragma: no cover - the tests run where there is fcntl
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _problem(info: os.stat_result) -> str | None:
        return None if stat.S_ISREG(info.st_mode) else "it is not a regular file"

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            # Not lockf, whose locks two threads of a process share.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _problem(info: os.stat_result) -> str | None:
        if not stat.S_ISREG(info.st_mode):
            return "it is not a regular file"
        if info.st_uid != os.geteuid():
            return "it belongs to somebody else"
        if stat.S_IMODE(info.st_mode) & 0o077:
            return "others may read or write it: make it yours alone with chmod 600"
        return None
