"""The file that keeps a session id for the next run."""

from __future__ import annotations

import logging

import pytest

from liminal.auth import SessionFile, SessionId
from liminal.errors import AuthError, LiminalError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "session"


def test_a_saved_session_is_loaded(path):
    SessionFile(path).save("hush")
    assert SessionFile(path).load() == SessionId("hush")


def test_a_session_id_can_be_saved_as_it_was_loaded(path):
    SessionFile(path).save(SessionId("hush"))
    assert SessionFile(path).load() == SessionId("hush")


def test_the_last_session_counts(path):
    file = SessionFile(path)
    file.save("one")
    file.save("two")
    assert file.load() == SessionId("two")


def test_without_a_file_there_is_no_session(path, caplog):
    assert SessionFile(path).load() is None
    assert not caplog.records


def test_the_file_is_for_its_owner_alone(path):
    SessionFile(path).save("hush")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_open_to_others_is_reported_and_not_used(path, caplog):
    SessionFile(path).save("hush")
    path.chmod(0o644)
    assert SessionFile(path).load() is None
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith(
        f"The session file {path} is not used: other users can read"
    )


@pytest.mark.parametrize("content", [b"", b"\n", b"hush hush", b"hush\n\n", b"\xff\xfe", b"a;b"])
def test_a_damaged_file_is_reported_without_content(path, caplog, content):
    SessionFile(path).save("old")
    path.write_bytes(content)
    assert SessionFile(path).load() is None
    assert caplog.messages == [f"The session file {path} is not used: it has no valid session id"]
    assert caplog.records[0].exc_info is None


def test_a_damaged_file_is_replaced_by_the_next_save(path):
    path.write_bytes(b"\xff")
    SessionFile(path).save("hush")
    assert SessionFile(path).load() == SessionId("hush")


@pytest.mark.parametrize("value", ["", "hush\r\nhush", None])
def test_what_is_no_session_id_is_not_saved(path, value):
    with pytest.raises(AuthError, match="This SessionId"):
        SessionFile(path).save(value)
    assert not path.exists()


def test_a_file_that_cannot_be_written_says_why(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        LiminalError, match=r"can't be written: (Not a directory|File exists)"
    ) as error:
        SessionFile(tmp_path / "file" / "session").save("hush")
    assert error.value.__context__ is None
    assert "hush" not in str(error.value)


@pytest.mark.parametrize("wrong", [None, b"x", 7, "", "/", ".", "a\0b", "\ud800"])
def test_what_is_no_path_of_a_file_is_refused_at_once(wrong):
    with pytest.raises(AuthError, match="path must be the path of a file") as error:
        SessionFile(wrong)
    assert error.value.__context__ is None
