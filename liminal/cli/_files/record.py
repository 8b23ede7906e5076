"""Records what a run has done with files, beside the journal of its texts, so that it can resume.

The record is an append-only file of JSON Lines: a header with the run's options, then a line for
each file, written before the file is put in place. A last line cut short by a crash is ignored.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from liminal.bulk._journal import DONE, LOCK_TIMEOUT
from liminal.errors import LiminalError

from .placing import Identity, digest_of

_FORMAT: Final = 1
_SUFFIX: Final = "-files"
_SQLITE: Final = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class _Entry:
    digest: str
    source: Identity


class Record:
    """The record beside a journal; empty until ``begin`` or ``resume``."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self._path = journal.with_name(f"{journal.name}{_SUFFIX}")
        self._entries: dict[str, _Entry] = {}
        self.mark = secrets.token_hex(4)
        self.thread_id: int | None = None

    @property
    def exists(self) -> bool:
        """Whether there is a run with this journal."""
        return self._path.exists() or self.journal.exists()

    @property
    def files(self) -> int:
        """The number of files that an earlier run has put in place, or was about to."""
        return len(self._entries)

    def require_journal(self) -> None:
        """Raise LiminalError if the journal is another kind of file, or its folder is missing."""
        if not self.journal.parent.is_dir():
            raise LiminalError(f"the journal's folder does not exist: {self.journal.parent}")
        if self.journal.is_dir() or _start_of(self.journal) not in {b"", _SQLITE}:
            raise LiminalError(f"{self.journal} is not a journal: name another file with --journal")

    def texts(self) -> int:
        """Return the number of texts done by an earlier run; LiminalError if it still runs."""
        if not self.journal.exists():
            return 0
        problem = ""
        try:
            with closing(sqlite3.connect(self.journal, timeout=LOCK_TIMEOUT)) as database:
                query = "SELECT count(*) FROM items WHERE state = ?"
                count: int = database.execute(query, (DONE,)).fetchone()[0]
                return count
        except sqlite3.OperationalError as error:
            problem = str(error)
        except sqlite3.DatabaseError as error:
            raise LiminalError(f"the journal {self.journal.name} can't be used: {error}") from None
        if "locked" in problem:
            raise LiminalError(f"the journal {self.journal.name} is in use by another run")
        return 0  # the run was killed before it had created the table

    def resume(self, options: Mapping[str, object]) -> bool:
        """Read the record of an earlier run; False if there is none.

        LiminalError if that run had other options.
        """
        header, entries = self._read()
        if header is None:
            return False
        self._require_same(header, options)
        self.mark, self.thread_id = header["mark"], header["thread_id"]
        self._entries = entries
        return True

    def begin(self, options: Mapping[str, object], thread_id: int | None) -> None:
        """Write the header."""
        self.thread_id = thread_id
        header = {"format": _FORMAT, "mark": self.mark, "thread_id": thread_id}
        self._append(header | {"options": options})

    def add(self, target: Path, digest: str, source: Identity) -> None:
        """Record that a result is about to be put in place. Synced to the disk on return."""
        self._append({"file": _name(target), "digest": digest, "source": source})

    def has(self, target: Path, source: Identity, *, in_place: bool) -> bool:
        """Whether an earlier run has written the target, and nothing has changed since."""
        entry = self._entries.get(_name(target))
        if entry is None or not (in_place or entry.source == source):
            return False
        return digest_of(target) == entry.digest

    def remove(self) -> None:
        """Delete the journal and the record."""
        for end in ("", "-wal", "-shm", _SUFFIX):
            self.journal.with_name(f"{self.journal.name}{end}").unlink(missing_ok=True)

    def _read(self) -> tuple[dict[str, Any] | None, dict[str, _Entry]]:
        """Read the header and the entries, and truncate an incomplete last line."""
        try:
            with self._path.open("r+b") as file:
                content = file.read()
                whole = content[: content.rfind(b"\n") + 1]
                read = _parsed(whole)
                file.truncate(len(whole))
                return read
        except FileNotFoundError:
            return None, {}
        except (ValueError, LookupError, TypeError):
            pass
        raise LiminalError(
            f"{self._path} is not the record of a run: name another journal with --journal"
        )

    def _require_same(self, header: Mapping[str, Any], options: Mapping[str, object]) -> None:
        earlier = {**header["options"], "format": header.get("format")}
        now = {**json.loads(json.dumps(options)), "format": _FORMAT}
        differing = sorted(name for name in {*earlier, *now} if earlier.get(name) != now.get(name))
        if differing:
            named = [name if name == "format" else f"--{name}" for name in differing]
            raise LiminalError(
                f"the journal {self.journal.name} belongs to another run, with a different"
                f" {', '.join(named)}: name another one with --journal, or delete it"
            )

    def _append(self, line: Mapping[str, object]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self._path, flags, 0o600), "ab") as file:
            file.write(f"{json.dumps(line)}\n".encode("ascii"))
            file.flush()
            with suppress(OSError):  # some file systems can't sync
                os.fsync(file.fileno())


def _parsed(content: bytes) -> tuple[dict[str, Any] | None, dict[str, _Entry]]:
    """Parse the header, and the entries by file name; the last one of a file counts."""
    header: dict[str, Any] | None = None
    entries: dict[str, _Entry] = {}
    for line in content.decode("ascii").splitlines():
        one = json.loads(line)
        if "options" in one:
            header = {**one, "options": {**one["options"]}}
        else:
            entries[one["file"]] = _Entry(one["digest"], Identity(*one["source"]))
    return header, entries


def _start_of(path: Path) -> bytes:
    """Return the file's first bytes, as long as SQLite's signature; none if there is no file."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE))
    except FileNotFoundError:
        return b""


def _name(target: Path) -> str:
    return str(target.absolute())
