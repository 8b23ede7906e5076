"""The files that are read, and those that are skipped, with the reason."""

import os
from pathlib import Path

import pytest

from liminal.cli._files.finding import Found, Skipped, find


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with files of all kinds, and change to its parent."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    for name in ("b/c.CSV", "b/a.md", "a.txt", "p.png", ".git/x.txt", "out/x.txt", ".env", "x.bak"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("Ada")
    (folder / ".liminal-bulk.sqlite").write_text("")
    (folder / "link.txt").symlink_to("a.txt")
    (folder / "linked").symlink_to("b")
    os.mkfifo(folder / "pipe.txt")
    return folder


def found(*sources: str, without: str | None = None) -> dict[str, str]:
    """Return the files by their paths at the target, and the skipped ones with the reason."""
    without_path = None if without is None else Path(without)
    return {
        str(one.relative if isinstance(one, Found) else one.path): (
            "read" if isinstance(one, Found) else one.reason + "!" * one.is_failure
        )
        for one in find([Path(source) for source in sources], without_path)
    }


@pytest.mark.usefixtures("folder")
def test_a_folder_is_read_in_order_and_skipped_files_are_listed() -> None:
    kind = "its suffix is unknown: name the file itself to cleanse it as text"
    expected = {
        "data/.env": "it is hidden",
        "data/.git": "it is hidden",
        "data/a.txt": "read",
        "data/link.txt": "it is a symbolic link",
        "data/linked": "it is a symbolic link",
        "data/p.png": kind,
        "data/pipe.txt": "it is not a regular file",
        "data/x.bak": "it is a backup",
        "data/b/a.md": "read",
        "data/b/c.CSV": "read",
    }
    assert found("data", without="data/out") == expected
    assert list(found("data", without="data/out")) == list(expected)
    assert found("data") == expected | {"data/out/x.txt": "read"}


@pytest.mark.parametrize(("source", "expected"), [(".", "b/a.md"), ("../data/b/..", "b/a.md")])
def test_the_content_of_a_nameless_source_is_at_the_top_of_the_target(
    folder: Path, monkeypatch: pytest.MonkeyPatch, source: str, expected: str
) -> None:
    monkeypatch.chdir(folder)
    assert found(source)[expected] == "read"


@pytest.mark.usefixtures("folder")
def test_a_named_file_that_can_t_be_read_is_a_failure() -> None:
    assert found("data/p.png", "none.txt", "data/pipe.txt") == {
        "p.png": "read",
        "none.txt": "No such file or directory!",
        "data/pipe.txt": "it is not a regular file!",
    }


def test_a_link_that_is_named_is_followed(folder: Path) -> None:
    one = next(find([folder / "link.txt"], None))
    assert one == Found(folder / "a.txt", Path("link.txt"))


@pytest.mark.usefixtures("folder")
def test_each_file_is_read_or_listed_once() -> None:
    sources = ("data/a.txt", "data", "data/../data", "none.txt", "none.txt")
    names = [one.path.name for one in find([Path(source) for source in sources], None)]
    assert all(names.count(name) == 1 for name in ("a.txt", "p.png", "link.txt", "none.txt"))


@pytest.mark.usefixtures("folder")
def test_a_file_that_is_skipped_in_a_folder_can_be_named() -> None:
    assert Found(Path("data/x.bak"), Path("x.bak")) in find(
        [Path("data"), Path("data/x.bak")], None
    )


def test_a_folder_that_cannot_be_listed_is_a_failure(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def refusing(path: Path) -> object:
        if path.name == "b":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert Skipped(folder / "b", "Permission denied", is_failure=True) in list(find([folder], None))
