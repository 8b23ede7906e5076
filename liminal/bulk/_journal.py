"""Records what a bulk run has done in a SQLite file, so that the next run can continue.

Each step is a separate transaction in the write-ahead log, so the file stays consistent if the
process is killed. Only the state SENT must also survive a power cut: it is synced to the disk
before a request that is not repeatable is sent.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import stat
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from liminal.errors import APIConnectionError, LiminalError

from ._values import decode, digest, encode

OPEN: Final = 0  # not done yet
SENT: Final = 1  # a request that is not repeatable was sent, and its answer is unknown
DONE: Final = 2

_FORMAT: Final = 1
# Seconds. After a run in threads was closed, its file stays in use until the last call ends.
LOCK_TIMEOUT: Final = 2.0
_SALT_BYTES: Final = 32
# ``run`` is the number of the last run that had the item: each entry stands for one item of a run.
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL, run INTEGER NOT NULL, state INTEGER NOT NULL,
    value TEXT
);
CREATE INDEX IF NOT EXISTS found ON items (digest, run, id);
"""
_FIND: Final = "SELECT id, state FROM items WHERE digest = ? AND run < ? ORDER BY run, id LIMIT 1"
_IN_DOUBT: Final = (
    "an earlier run sent this item and did not receive the answer, so it is not sent again: check"
    " whether the service has processed it, and submit it separately if not"
)


class Journal:
    """The file of one run and of those that continue it. It may be used by several threads."""

    def __init__(self, path: str | os.PathLike[str], what: Mapping[str, object]) -> None:
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._has_ended = False
        self._retained = 0
        file = _private_file(path)
        with _reported(f"the journal {file.name} can't be used"):
            self._database = _connect(file)
        try:
            with _reported(f"the journal {file.name} can't be used"):
                about = self._about()
            self._salt = bytes.fromhex(about.pop("salt", ""))
            self._run = int(about.pop("run", "0")) + 1
            _check(file.name, about, {"format": _FORMAT, **what})
            self._salt = self._salt or secrets.token_bytes(_SALT_BYTES)
            self._describe({"format": _FORMAT, **what})
        except BaseException:
            self._close()
            raise

    def claim(self, item: object, key: object) -> Claim:
        """Return the next item's entry: that of an earlier run with this digest, or a new one."""
        mark = digest(item, key, self._salt)
        with self._writing() as database:
            found = database.execute(_FIND, (mark, self._run)).fetchone()
            if found is not None:
                database.execute("UPDATE items SET run = ? WHERE id = ?", (self._run, found[0]))
                return Claim(self, found[0], found[1])
            made = database.execute(
                "INSERT INTO items (digest, run, state) VALUES (?, ?, ?)", (mark, self._run, OPEN)
            )
            return Claim(self, made.lastrowid or 0, OPEN)

    def set(self, entry: int, state: int, value: str | None = None) -> None:
        """Set the state of an entry. SENT is on the disk when this returns."""
        with self._writing() as database:
            if state == SENT:
                database.execute("PRAGMA synchronous = FULL")
            database.execute(
                "UPDATE items SET state = ?, value = ? WHERE id = ?", (state, value, entry)
            )
            if state == SENT:
                database.execute("PRAGMA synchronous = NORMAL")

    def value(self, entry: int) -> str:
        """Return the result of an entry that is DONE."""
        with self._writing() as database:
            found: str = database.execute(
                "SELECT value FROM items WHERE id = ?", (entry,)
            ).fetchone()[0]
            return found

    def retain(self) -> None:
        """Keep the file open for a running item, until ``release``."""
        with self._lock:
            self._retained += 1

    def release(self) -> None:
        """Record that an item no longer needs the file."""
        with self._lock:
            self._retained -= 1
        self._close_if_idle()

    def end(self) -> None:
        """End the run: close the file as soon as no item needs it."""
        self._has_ended = True
        self._close_if_idle()

    def _close_if_idle(self) -> None:
        with self._lock:
            if self._has_ended and self._retained == 0:
                self._close()

    def _close(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            with suppress(sqlite3.Error):
                database.close()

    def __del__(self) -> None:
        self._close()

    def _about(self) -> dict[str, str]:
        with self._writing() as database:
            database.executescript(_SCHEMA)
            return dict(database.execute("SELECT name, value FROM about"))

    def _describe(self, what: Mapping[str, object]) -> None:
        rows = {name: json.dumps(value) for name, value in what.items()}
        rows |= {"salt": self._salt.hex(), "run": str(self._run)}
        with self._writing() as database:
            database.execute("BEGIN")
            database.executemany("REPLACE INTO about VALUES (?, ?)", rows.items())
            database.execute("COMMIT")

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        with self._lock, _reported("the journal can't be written"):
            if self._database is None:
                raise sqlite3.ProgrammingError("it is closed")
            yield self._database


class Claim:
    """The entry of one item in the journal."""

    __slots__ = ("_entry", "_journal", "_state")

    def __init__(self, journal: Journal, entry: int, state: int) -> None:
        self._journal = journal
        self._entry = entry
        self._state = state

    @property
    def is_settled(self) -> bool:
        """Whether an earlier run has processed the item, or may have."""
        return self._state != OPEN

    @property
    def doubt(self) -> APIConnectionError | None:
        """The error of an item that an earlier run may have processed; otherwise None."""
        if self._state != SENT:
            return None
        return APIConnectionError(_IN_DOUBT, may_have_been_processed=True)

    def value(self) -> Any:
        """Return the result of an earlier run."""
        return decode(self._journal.value(self._entry))

    def retain(self) -> None:
        """Record that the item is running."""
        self._journal.retain()

    def release(self) -> None:
        """Record that the item is no longer running."""
        self._journal.release()

    def mark_sent(self) -> None:
        """Record that a request that is not repeatable is about to be sent."""
        self._journal.set(self._entry, SENT)

    def reopen(self) -> None:
        """Record that the service has not processed the item after all."""
        self._journal.set(self._entry, OPEN)

    def finish(self, value: object) -> None:
        """Record the result; LiminalError if it can't be stored."""
        self._journal.set(self._entry, DONE, encode(value))


def _private_file(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file that only its owner can read; create the file if needed."""
    problem: str | None = "it must be the path of a file"
    with suppress(TypeError, ValueError):
        try:
            file = Path(path)
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                problem = _problem(os.fstat(descriptor))
            finally:
                os.close(descriptor)
            if problem is None:
                return file
        except OSError as error:
            problem = error.strerror
    raise LiminalError(f"the journal can't be used: {problem}")


def _problem(info: os.stat_result) -> str | None:
    if not stat.S_ISREG(info.st_mode):
        return "it is not a regular file"
    if sys.platform != "win32" and stat.S_IMODE(info.st_mode) & 0o077:
        return "other users can read or write it: run chmod 600 on it"
    return None


def _connect(file: Path) -> sqlite3.Connection:
    # Each statement is a transaction. The file stays locked for other processes.
    database = sqlite3.connect(
        file, timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
    )
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        # The lock is taken by the first write.
        database.executescript("BEGIN IMMEDIATE; COMMIT")
    except BaseException:
        database.close()
        raise
    return database


def _check(name: str, about: Mapping[str, str], what: Mapping[str, object]) -> None:
    expected = {name: json.dumps(value) for name, value in what.items()}
    differing = sorted(
        name for name in {*expected, *about} if about.get(name) != expected.get(name)
    )
    if about and differing:
        raise LiminalError(
            f"the journal {name} belongs to another run, with a different {', '.join(differing)}:"
            " use another file"
        )


@contextmanager
def _reported(what: str) -> Generator[None]:
    """Translate SQLite's errors into a LiminalError that says what to do."""
    problem = ""
    try:
        yield
        return
    except sqlite3.Error as error:
        problem = str(error)
    if "locked" in problem:
        problem = "another run is using it"
    raise LiminalError(f"{what}: {problem}")
