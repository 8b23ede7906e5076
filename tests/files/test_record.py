"""The record of an earlier run beside its journal."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from liminal.cli._files import record
from liminal.cli._files.placing import digest_of, identity_of
from liminal.cli._files.record import Record
from liminal.errors import LiminalError

OPTIONS = {"model": 1, "columns": ["a"]}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


def test_an_incomplete_last_line_is_ignored(journal: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("PERSON_0")
    identity = identity_of(file.stat())
    first = Record(journal)
    first.begin(OPTIONS, 7)
    first.add(file, str(digest_of(file)), identity)
    path = tmp_path / "run.sqlite-files"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-5])
    then = Record(journal)
    assert then.resume(OPTIONS)
    assert path.read_bytes().startswith(whole)
    assert (then.thread_id, then.mark, then.files) == (7, first.mark, 1)
    assert then.has(file, identity, in_place=False)
    assert path.stat().st_mode & 0o777 == 0o600
    file.write_text("edited")
    assert not then.has(file, identity, in_place=True)


def test_a_new_journal_has_no_texts(journal: Path) -> None:
    assert Record(journal).texts() == 0
    journal.write_bytes(b"")
    assert Record(journal).texts() == 0


def test_the_journal_of_a_running_run_is_refused(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "LOCK_TIMEOUT", 0.0)
    with closing(sqlite3.connect(journal)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LiminalError, match=r"run\.sqlite is in use by another run"):
            Record(journal).texts()


def test_a_file_that_is_not_a_journal_is_refused(journal: Path) -> None:
    journal.write_bytes(b"no database " * 100)
    with pytest.raises(LiminalError, match=r"run\.sqlite can't be used: file is not a database"):
        Record(journal).texts()


@pytest.mark.parametrize("content", ["notes of mine\n", "[]\n", '{"file": "a"}\n', "caf\xe9\n"])
def test_a_foreign_file_is_refused_and_unchanged(
    journal: Path, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "run.sqlite-files"
    path.write_text(f"{content}its end")
    with pytest.raises(LiminalError, match=r"run\.sqlite-files is not the record of a run"):
        Record(journal).resume(OPTIONS)
    assert path.read_text() == f"{content}its end"
