"""The file that keeps a session id for the next run."""

import logging

import pytest

from liminal.auth import SessionFile, SessionId
from liminal.errors import LiminalError
from tests.support.errors import refused


@pytest.fixture
def path(tmp_path):
    return tmp_path / "session"


@pytest.mark.parametrize("session_id", ["hush", SessionId("hush")])
@pytest.mark.parametrize("before", [None, b"old\n", b"\xff"], ids=["new", "older", "damaged"])
def test_the_last_saved_session_is_loaded_from_a_private_file(path, session_id, before, caplog):
    if before is None:
        assert SessionFile(path).load() is None
        assert not caplog.records
    else:
        path.write_bytes(before)
    SessionFile(str(path)).save(session_id)
    assert SessionFile(path).load() == SessionId("hush")
    assert path.read_bytes() == b"hush\n"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"\n", b"hush hush", b"hush\n\n", b"\xff\xfe", b"a;b"])
def test_a_damaged_file_is_reported_without_its_content(path, caplog, content):
    SessionFile(path).save("old")
    path.write_bytes(content)
    assert SessionFile(path).load() is None
    (record,) = caplog.records
    assert record.getMessage() == f"The session file {path} is not used: it has no valid session id"
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)


@pytest.mark.parametrize("value", ["", "hush\r\nhush", None])
def test_an_invalid_session_id_is_not_saved(path, value):
    with refused("This SessionId"):
        SessionFile(path).save(value)
    assert not path.exists()


def test_a_file_that_cannot_be_written_is_an_error_with_the_reason(tmp_path):
    (tmp_path / "file").touch()
    file = SessionFile(tmp_path / "file" / "session")
    with refused(r"written: (Not a directory|File exists)", LiminalError):
        file.save("hush")


def test_a_file_that_stays_locked_is_an_error_with_the_reason(path, monkeypatch):
    monkeypatch.setattr("liminal.auth._private_file.LOCK_PATIENCE", 0.01)
    file = SessionFile(path)
    with file._file.locked(), refused(r"session.lock is locked by", LiminalError):
        file.save("hush")


@pytest.mark.parametrize("wrong", [None, b"x", 7, "", "/", ".", "a\0b", "\ud800"])
def test_a_path_that_no_file_can_have_is_refused_at_once(wrong):
    with refused("path must be the path of a file"):
        SessionFile(wrong)
