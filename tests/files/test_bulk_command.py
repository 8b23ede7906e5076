"""``liminal bulk``: the files that it writes, and its messages."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from liminal.cli._files.placing import Place
from liminal.cli._files.record import Record
from liminal.sandbox import Sandbox

from .conftest import CLEANSE, Command

FILES = {
    "data/a.txt": (b"Write to Ada Lovelace.\r\n", b"Write to PERSON_0.\r\n"),
    "data/b/n.csv": (b'id;note\n1;"Ada Lovelace"\n2;no\n', b'id;note\n1;"PERSON_0"\n2;no\n'),
    "data/b/n.jsonl": (b'{"n": {"m": "Ada Lovelace"}}\n', b'{"n": {"m": "PERSON_0"}}\n'),
    "data/c.md": (b"# None\n", b"# None\n"),
    "data/d.txt": (b"", b""),
}


@pytest.fixture(autouse=True)
def data(sandbox: Sandbox) -> dict[str, tuple[bytes, bytes]]:
    """Write files, and return their contents before and after."""
    for name, (content, _) in FILES.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content)
    return FILES


def written(folder: str) -> list[str]:
    """The files of a folder, by their paths."""
    found = (path for path in Path(folder).rglob("*") if path.is_file())
    return sorted(str(path.relative_to(folder)) for path in found)


def test_the_folder_structure_is_kept_at_the_target(
    bulk: Command, sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    threads = sandbox.threads_created
    assert bulk("data", "--to", "out") == 0
    assert written("out") == sorted(FILES)
    for name, (before, after) in FILES.items():
        assert Path("out", name).read_bytes() == after
        assert Path(name).read_bytes() == before
    output, told = capfd.readouterr()
    assert output == ""
    assert "Files: 5 done. Texts: 9, thread" in told
    assert sandbox.threads_created == threads + 1  # one, so that placeholders agree


def test_in_place_the_originals_are_kept_as_backups(bulk: Command) -> None:
    assert bulk("data", "--in-place") == 0
    for name, (before, after) in FILES.items():
        assert Path(name).read_bytes() == after
        backup = Path(f"{name}.bak")
        assert (backup.read_bytes() if backup.exists() else after) == before
    assert written("data") == sorted(
        name.removeprefix("data/") + end
        for name, (before, after) in FILES.items()
        for end in ("", ".bak")[: 1 + (before != after)]
    )


def test_columns_and_fields_that_were_not_named_are_kept(
    bulk: Command, sent: Callable[[], list[str]]
) -> None:
    sources = ("data/b/n.csv", "data/b/n.jsonl")
    assert bulk(*sources, "--to", "out", "--columns", "note, id", "--fields", "n.m") == 0
    assert sorted(sent()) == ["1", "2", "Ada Lovelace", "Ada Lovelace", "no"]
    assert written("out") == ["n.csv", "n.jsonl"]


def test_json_output_lists_each_file(bulk: Command, capfd: pytest.CaptureFixture[str]) -> None:
    Path("bad.csv").write_text('a,b\n1,"x\n')
    assert bulk("data/a.txt", "bad.csv", "--in-place", "--json", "--thread", 1) == 1
    found = json.loads(capfd.readouterr().out)
    assert found["thread"] == 1
    assert found["journal"] == "data/.liminal-bulk.sqlite"
    assert found["files"] == [
        {
            "source": "bad.csv",
            "target": None,
            "status": "failed",
            "reason": "line 2: a quote is never closed",
            "backup": None,
            "texts": 0,
            "failed_texts": 0,
        },
        {
            "source": "data/a.txt",
            "target": "data/a.txt",
            "status": "done",
            "reason": None,
            "backup": "data/a.txt.bak",
            "texts": 1,
            "failed_texts": 0,
        },
    ]


def test_skipped_files_are_listed_with_the_reason(
    bulk: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("data/p.png").write_bytes(b"\x89PNG")
    Path("data/latin.txt").write_bytes(b"caf\xe9")
    assert bulk("data", "none.txt", "--to", "out") == 1
    assert capfd.readouterr().err.splitlines()[:3] == [
        "data/latin.txt: failed: it is not encoded in UTF-8 (line 1)",
        "data/p.png: skipped: its suffix is unknown: name the file itself to cleanse it as text",
        "none.txt: failed: No such file or directory",
    ]


def test_nothing_is_overwritten_and_targets_are_unique(
    bulk: Command, sent: Callable[[], list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    Path("out").mkdir()
    Path("out/a.txt").write_text("mine")
    Path("c.md").write_text("Ada")
    assert bulk("data/a.txt", "data/c.md", "c.md", "--to", "out") == 1
    told = capfd.readouterr().err
    assert "data/a.txt: failed: out/a.txt exists already" in told
    assert "c.md: failed: another source has the same target" in told
    assert Path("out/a.txt").read_text() == "mine"
    assert sent() == ["# None\n"]


def test_a_file_with_a_failed_text_is_not_written(
    bulk: Command,
    sandbox: Sandbox,
    sent: Callable[[], list[str]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    Path("n.csv").write_text("".join(f"Ada Lovelace,{number}\n" for number in range(20)))
    sandbox.fail_next(404, path=CLEANSE)
    assert bulk("n.csv", "--to", "out", "--concurrency", 1) == 1
    assert written("out") == [".liminal-bulk.sqlite", ".liminal-bulk.sqlite-files"]
    assert "n.csv: failed: 1 of 40 texts failed, the first with: " in capfd.readouterr().err
    assert bulk("n.csv", "--to", "out", "--resume") == 0
    assert written("out") == ["n.csv"]
    assert "Resuming. Files done: 0. Texts done: 39." in capfd.readouterr().err
    assert len(sent()) == 41


def test_finished_files_are_not_cleansed_again(
    bulk: Command, sent: Callable[[], list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    journal = ("--journal", "run.sqlite")
    assert bulk("data", "--in-place", *journal, "--resume") == 0
    assert "There is nothing to resume: starting a new run." in capfd.readouterr().err
    Path("data/e.txt").write_text("Alan Turing")
    assert bulk("data", "--in-place", *journal, "--resume") == 0
    # c.md has not changed, so it was read again, and its text was in the journal.
    assert "Files: 4 done, 2 unchanged, 3 skipped. Texts: 2," in capfd.readouterr().err
    assert Path("data/e.txt").read_text() == "PERSON_1"
    assert len(sent()) == 10
    assert Path("run.sqlite").exists()


def test_a_file_that_was_edited_is_cleansed_again(bulk: Command) -> None:
    journal = ("--journal", "run.sqlite", "--resume")
    assert bulk("data/a.txt", "--to", "out", *journal) == 0
    Path("data/a.txt").write_text("Alan Turing")
    assert bulk("data/a.txt", "--to", "out", *journal) == 1  # the target exists
    assert bulk("data/c.md", "--to", "out", *journal) == 0


def test_files_without_a_text_are_copied_without_a_call(bulk: Command, sandbox: Sandbox) -> None:
    threads = sandbox.threads_created
    journal = ("--journal", "run.sqlite", "--resume")
    assert bulk("data/d.txt", "--to", "out", *journal) == 0
    assert Path("out/d.txt").read_bytes() == b""
    assert sandbox.threads_created == threads
    assert bulk("data/a.txt", "--to", "out", *journal) == 0  # now there is a thread
    assert sandbox.threads_created == threads + 1
    assert bulk("data/c.md", "--to", "out", *journal) == 0
    assert sandbox.threads_created == threads + 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("data",), "Give either --to FOLDER or --in-place"),
        (("data", "--to", "out", "--in-place"), "Give either --to FOLDER or --in-place"),
        (("data", "--to", "out", "--fields", "n.x"), "no JSON Lines file .* has the field n.x"),
        (("data", "--to", "out", "--fields", "n..x"), "is not the path of a field"),
        (("data", "--to", "data/a.txt"), "for '--to': data/a.txt is not a folder"),
        (("data", "--to", "data"), "The folder of --to is a source as well"),
        # As a shell passes a variable that is not set.
        (("", "--in-place"), "for 'SOURCE...': the path is empty"),
        (("data", "--to", ""), "for '--to': the path is empty"),
        (("data", "--to", "out", "--journal", ""), "for '--journal': the path is empty"),
        (("data", "--to", "out", "--columns", ""), "--columns names nothing"),
        (("data", "--to", "out", "--fields", " ,"), "--fields names nothing"),
        (("data", "--to", "out", "--journal", "data/a.txt"), "data/a.txt is not a journal: name"),
        (("data", "--to", "out", "--resume", "--journal", "data/a.txt"), "is not a journal"),
        (
            ("data", "--to", "out", "--journal", "no/journal"),
            "the journal's folder does not exist: no",
        ),
    ],
)
def test_wrong_options_are_refused_before_a_call(
    bulk: Command,
    sent: Callable[[], list[str]],
    arguments: tuple[str, ...],
    problem: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert bulk(*arguments) == 2
    assert re.search(problem, capfd.readouterr().err)
    assert sent() == []
    assert all(Path(name).read_bytes() == before for name, (before, _) in FILES.items())


def test_a_run_with_other_options_is_refused_with_the_difference(
    bulk: Command, sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox.fail_next(404, path=CLEANSE)
    assert bulk("data", "--to", "out") == 1
    assert bulk("data", "--to", "out") == 2
    assert "is the journal of an earlier run: continue that with --resume" in capfd.readouterr().err
    assert bulk("data", "--to", "out", "--resume", "--columns", "note", "--thread", 1) == 2
    assert "another run, with a different --columns, --thread:" in capfd.readouterr().err
    assert bulk("data", "--to", "out", "--resume") == 0


def test_a_refused_sign_in_ends_the_run_without_partial_files(
    bulk: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMINAL_TOKEN", "wrong")
    assert bulk("data", "--to", "out") == 3
    assert [name for name in written("out") if not name.startswith(".")] == []


def test_a_full_disk_ends_the_run_without_partial_files(
    bulk: Command, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(place: Place) -> BinaryIO:
        place.part.write_bytes(b"")
        return Path("/dev/full").open("wb")

    with monkeypatch.context() as patch:
        patch.setattr(Place, "begin", full)
        assert bulk("data", "--in-place", "--journal", "run.sqlite") == 1
    told = capfd.readouterr().err
    assert "liminal: data/a.txt can't be written: the disk is full" in told
    assert "Continue it with --resume." in told
    assert written("data") == sorted(name.removeprefix("data/") for name in FILES)
    assert all(Path(name).read_bytes() == before for name, (before, _) in FILES.items())
    assert bulk("data", "--in-place", "--journal", "run.sqlite", "--resume") == 0
    assert all(Path(name).read_bytes() == after for name, (_, after) in FILES.items())


def test_a_folder_that_is_not_writable_fails_only_its_file(
    bulk: Command, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    real = Place.begin

    def begin(place: Place) -> BinaryIO:
        if place.target.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return real(place)

    monkeypatch.setattr(Place, "begin", begin)
    assert bulk("data", "--to", "out") == 1
    assert "data/a.txt: failed: Permission denied" in capfd.readouterr().err
    assert [name for name in written("out") if "liminal" not in name] == sorted(
        set(FILES) - {"data/a.txt"}
    )


def test_a_source_that_changes_while_it_is_read_is_not_written(
    bulk: Command, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    begin_place, begin_record = Place.begin, Record.begin

    def before_writing(place: Place) -> BinaryIO:
        Path("data/a.txt").write_text("Alan Turing")
        return begin_place(place)

    def before_reading(record: Record, *options: Any) -> None:
        os.truncate("data/b/n.csv", 5)
        begin_record(record, *options)

    monkeypatch.setattr(Place, "begin", before_writing)
    monkeypatch.setattr(Record, "begin", before_reading)
    assert bulk("data/a.txt", "data/b/n.csv", "--to", "out") == 1
    told = capfd.readouterr().err
    assert "data/a.txt: failed: it was changed while it was read" in told
    assert "data/b/n.csv: failed: it was changed while it was read" in told
