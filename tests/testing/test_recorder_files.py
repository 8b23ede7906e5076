"""A recorder's file: where it is written, how it selects the mode, and invalid files."""

import json
import os
from pathlib import Path

import pytest

from liminal.errors import LiminalError
from liminal.testing import Recorder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.json"


REQUEST = {"operation": "analyze_prompt", "path": "/api/v1/prompts/analyze"}
ANSWERS: list[object] = [
    {"status": "200"},
    {"status": 99},
    {"status": 429, "retry_after": 5},
    {"status": 200, "chunks": []},
    {"status": 200, "type": "a/b", "chunks": "c"},
]
CALLS: list[object] = [
    5,
    {"request": REQUEST},
    {"request": {"operation": "analyze_prompt"}, "answer": {"status": 200}},
    *({"request": REQUEST, "answer": answer} for answer in ANSWERS),
]
FILES: list[object] = [{}, [], {"version": 0, "calls": []}, {"version": 1, "calls": 5}]
FILES += [{"version": 1, "calls": [call]} for call in CALLS]


@pytest.mark.parametrize("text", ["", *map(json.dumps, FILES)])
def test_a_file_that_is_not_a_recording_is_refused(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(LiminalError, match="can't be replayed"):
        Recorder(path)


def test_a_path_is_checked_before_any_call_is_made(path: Path) -> None:
    with Recorder(path.parent / "new" / path.name):
        pass
    assert (path.parent / "new" / path.name).exists()
    path.write_text("")
    with pytest.raises(LiminalError, match="can't be written: "), Recorder(path / "calls.json"):
        pytest.fail("a call could have been made")
    with pytest.raises(LiminalError, match="path must be a str or a path, not of type NoneType"):
        Recorder(None)  # type: ignore[arg-type]


def test_a_failed_write_leaves_no_file(path: Path) -> None:
    recorder = Recorder(path)
    path.mkdir()
    with pytest.raises(LiminalError, match="can't be written: "), recorder:
        pass
    assert list(path.parent.iterdir()) == [path]


def test_the_mode_selects_recording_or_replay(path: Path) -> None:
    assert repr(Recorder(path)) == "<Recorder, records>"
    with pytest.raises(LiminalError, match="can't be replayed"):
        Recorder(path, mode="replay")
    with Recorder(os.fspath(path)):
        pass
    assert repr(Recorder(path)) == "<Recorder, replays>"
    assert not Recorder(path, mode="record").replays
    with pytest.raises(LiminalError, match="mode must be"):
        Recorder(path, mode="rec")  # type: ignore[arg-type]
