"""The journal's file: its content, its permissions, and the run that it belongs to."""

import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal import LiminalError
from liminal.bulk import _journal
from liminal.bulk._journal import Journal
from liminal.bulk._values import decode, digest, encode
from liminal_api.models import CleanseResponse

WHAT = {"operation": "cleanse", "model_instance_id": 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


def test_an_item_that_is_done_is_known_to_the_next_run(path: Path) -> None:
    journal = Journal(path, WHAT)
    journal.claim("Ada", None).finish({"text": "PERSON_0"})
    journal.end()
    journal = Journal(path, WHAT)
    claim = journal.claim("Ada", None)
    assert claim.is_settled
    assert claim.doubt is None
    assert claim.value() == {"text": "PERSON_0"}
    assert not journal.claim("Alan", None).is_settled
    journal.end()


def test_equal_items_have_separate_entries(path: Path) -> None:
    journal = Journal(path, WHAT)
    journal.claim("Ada", None).finish(1)
    journal.claim("Ada", None)
    journal.end()
    journal = Journal(path, WHAT)
    settled = [journal.claim("Ada", None).is_settled for _ in range(3)]
    journal.end()
    assert sorted(settled) == [False, False, True]


def test_a_key_distinguishes_equal_items(path: Path) -> None:
    journal = Journal(path, WHAT)
    journal.claim("Ada", "row 1").finish(1)
    journal.end()
    journal = Journal(path, WHAT)
    assert not journal.claim("Ada", "row 2").is_settled
    assert journal.claim("Ada", "row 1").is_settled
    journal.end()


def test_a_sent_item_is_in_doubt_until_it_is_reopened(path: Path) -> None:
    journal = Journal(path, WHAT)
    journal.claim("Ada", None).mark_sent()
    journal.end()
    journal = Journal(path, WHAT)
    claim = journal.claim("Ada", None)
    assert claim.doubt is not None
    assert claim.doubt.may_have_been_processed
    claim.reopen()
    journal.end()
    journal = Journal(path, WHAT)
    assert not journal.claim("Ada", None).is_settled
    journal.end()


def test_only_the_owner_can_read_the_file(path: Path) -> None:
    journal = Journal(path, WHAT)
    journal.claim("Ada", None)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    journal.end()
    assert modes == {0o600}


def test_the_file_contains_no_item_and_no_guessable_digest(path: Path) -> None:
    journal = Journal(path, WHAT)
    journal.claim("Write to Ada Lovelace", "Ada's letter").finish(1)
    journal.end()
    assert b"Ada" not in path.read_bytes()
    assert digest("Ada", None, b"a salt") != digest("Ada", None, b"another")


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ({"operation": "submit", "model_instance_id": 1}, "operation"),
        ({"operation": "cleanse", "model_instance_id": 2}, "model_instance_id"),
        ({"operation": "cleanse", "model_instance_id": 1, "thread_id": 3}, "thread_id"),
        ({"operation": "cleanse"}, "model_instance_id"),
    ],
)
def test_another_run_is_refused_with_the_options_that_differ(
    path: Path, other: dict[str, object], difference: str
) -> None:
    Journal(path, WHAT).end()
    with pytest.raises(LiminalError, match=f"another run, with a different {difference}:"):
        Journal(path, other)


def test_a_second_run_at_the_same_time_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_journal, "LOCK_TIMEOUT", 0.1)
    journal = Journal(path, WHAT)
    with pytest.raises(LiminalError, match=r"run\.sqlite can't be used: another run is using it"):
        Journal(path, WHAT)
    journal.end()
    Journal(path, WHAT).end()


def test_the_file_stays_open_while_items_are_running(path: Path) -> None:
    journal = Journal(path, WHAT)
    claim = journal.claim("Ada", None)
    claim.retain()
    journal.end()
    claim.finish(1)
    claim.release()
    with pytest.raises(LiminalError, match="the journal can't be written: it is closed"):
        claim.finish(2)
    journal = Journal(path, WHAT)
    assert journal.claim("Ada", None).value() == 1
    journal.end()


def test_a_dropped_journal_unlocks_the_file(path: Path) -> None:
    Journal(path, WHAT)
    Journal(path, WHAT).end()


def test_a_file_that_others_can_read_is_refused(path: Path) -> None:
    path.touch(mode=0o644)
    path.chmod(0o644)
    with pytest.raises(LiminalError, match="chmod 600"):
        Journal(path, WHAT)


def test_a_file_that_is_not_a_journal_is_refused_and_unchanged(path: Path) -> None:
    path.write_text("a letter" * 1000)
    path.chmod(0o600)
    with pytest.raises(LiminalError, match="can't be used: file is not a database"):
        Journal(path, WHAT)
    assert path.read_text() == "a letter" * 1000


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/nowhere/run.sqlite", "No such file or directory"),
        ("/dev/null", "it is not a regular file"),
        (5, "it must be the path of a file"),
        ("a\0b", "it must be the path of a file"),
    ],
)
def test_an_invalid_path_is_refused(path: Any, problem: str) -> None:
    with pytest.raises(LiminalError, match=problem):
        Journal(path, WHAT)


def test_a_journal_of_a_later_version_is_refused(path: Path) -> None:
    Journal(path, WHAT).end()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE about SET value = '99' WHERE name = 'format'")
    database.close()
    with pytest.raises(LiminalError, match="a different format"):
        Journal(path, WHAT)


# ---- values

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_a_json_value_is_restored_unchanged(value: Any) -> None:
    assert decode(encode(value)) == value


def test_a_result_of_the_sdk_is_restored_unchanged() -> None:
    response = CleanseResponse(text="PERSON_0", items=[], text_hashed="x", items_hashed=[])
    assert decode(encode(response)) == response


@pytest.mark.parametrize("value", [(1, 2), {1: 2}, {"a": {1}}, object(), float("nan"), b"bytes"])
def test_a_result_that_would_not_be_restored_unchanged_is_refused(value: object) -> None:
    with pytest.raises(LiminalError, match="can't store what the function returned"):
        encode(value)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"model": "Nothing", "value": 1}', '{"model": "Thread", "value": 1}']
)
def test_an_unreadable_result_is_an_error(text: str) -> None:
    with pytest.raises(LiminalError, match="can't read"):
        decode(text)


@pytest.mark.parametrize("item", [object(), b"bytes", {1, 2}])
def test_an_item_without_a_digest_needs_a_key(item: object) -> None:
    with pytest.raises(LiminalError, match="pass a key"):
        digest(item, None, b"salt")
    assert digest(item, 7, b"salt") == digest(object(), 7, b"salt")
