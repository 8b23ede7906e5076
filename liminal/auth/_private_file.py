"""A small file for a secret: readable only by its owner, and replaced atomically."""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from liminal._http.sockets.monotonic import monotonic
from liminal.auth._caught import CaughtForeignError
from liminal.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Generator

# Writing takes milliseconds; a lock held longer than this belongs to a stopped process.
LOCK_PATIENCE: Final = 5.0
_LOCK_RETRY: Final = 0.01
# A token cache has some ten kilobytes; anything larger is not a file of ours.
_LARGEST: Final = 4 * 1024 * 1024


class Unusable(Exception):  # noqa: N818 - internal: always caught and reported as a warning
    """The file exists but must not be used. The message says why, without the content."""


def file_path(name: str, path: object) -> Path:
    """Return ``path`` as a Path; AuthError, which calls it ``name``, if no file can have it.

    The file need not exist. Problems with it are reported when it is read or written.
    """
    with CaughtForeignError():
        file = Path(cast("str", path))
        if file.name and b"\0" not in os.fsencode(file):
            return file
    raise AuthError(f"{name} must be the path of a file: a str or an os.PathLike")


class PrivateFile:
    """One file at ``path``, with mode 0600, replaced as a whole.

    A reader finds either the old content or the new one, even if a writer is killed. Writers, in
    threads or processes, exclude each other with ``locked``; the operating system releases the lock
    of a process that is killed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._new = self.path.with_name(f"{self.path.name}.new")
        self._lock = self.path.with_name(f"{self.path.name}.lock")

    def version(self) -> tuple[int, int, int] | None:
        """Return a value that changes when the file is replaced; None if it doesn't exist."""
        try:
            info = self.path.stat()
        except OSError:
            return None
        return info.st_ino, info.st_mtime_ns, info.st_size

    def read(self) -> bytes | None:
        """Return the content, None if there is no file; Unusable if it can't be trusted."""
        try:
            # Without O_NONBLOCK, opening a pipe would wait for a writer.
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            try:
                # Checked on the open file, so that it can't be exchanged in between.
                reason = _problem(os.fstat(descriptor))
                if reason is None:
                    with os.fdopen(descriptor, "rb", closefd=False) as file:
                        return file.read(_LARGEST)
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            return None
        except OSError as error:  # also of a disk or a network that fails
            reason = error.strerror
        raise Unusable(reason)

    def write(self, content: bytes) -> None:
        """Replace the content. Raises OSError if that fails. Call it inside ``locked``."""
        # The new file always has the same name, so the next writer removes what a killed one left.
        self._new.unlink(missing_ok=True)
        descriptor = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            # Without fsync, a power cut may leave an empty file.
            os.fsync(descriptor)
        self._new.replace(self.path)

    @contextmanager
    def locked(self, patience: float | None = None) -> Generator[None]:
        """Hold the file's lock. Raises OSError if that fails, TimeoutError if it stays locked.

        ``patience`` is how many seconds to wait for it, by default ``LOCK_PATIENCE``.
        """
        if self.path.exists() and not self.path.is_file():  # such as /dev/null, replaced by root
            raise OSError("it is not a regular file")
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A file object, not a descriptor: one that Ctrl-C leaves open is closed, and so unlocked.
        opener = partial(os.open, mode=0o600)
        with open(self._lock, "a+b", opener=opener) as file:
            try:
                give_up = monotonic() + (LOCK_PATIENCE if patience is None else patience)
                while not _try_lock(file.fileno()):
                    if monotonic() >= give_up:
                        raise TimeoutError(f"{self._lock} is locked by another process")
                    time.sleep(_LOCK_RETRY)
                yield
            finally:
                _unlock(file.fileno())


if sys.platform == "win32":  # pragma: no cover - the tests run where there is fcntl
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        """Do nothing: closing the file unlocks it."""

    def _problem(info: os.stat_result) -> str | None:
        return None if stat.S_ISREG(info.st_mode) else "it is not a regular file"

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            # Not lockf, because threads of one process share its locks.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        # Closing is not enough: a child of a fork may have the file open, too.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _problem(info: os.stat_result) -> str | None:
        if not stat.S_ISREG(info.st_mode):
            return "it is not a regular file"
        if info.st_uid != os.geteuid():
            return "it belongs to another user"
        if stat.S_IMODE(info.st_mode) & 0o077:
            return "other users can read or write it: run chmod 600 on it"
        return None
