"""A crash at any moment leaves the original or the complete result; nothing is overwritten."""

import os
import stat
from pathlib import Path

import pytest

from liminal.cli._files.formats.slots import FileProblemError
from liminal.cli._files.placing import Identity, Place, digest_of, identity_of, open_regular


@pytest.fixture(params=["links", "no links"])
def file(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file, on file systems with and without hard links."""
    if request.param == "no links":

        def refused(self: Path, target: Path) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(Path, "hardlink_to", refused)
    file = tmp_path / "a.txt"
    file.write_text("Ada")
    file.chmod(0o640)
    return file


def identity(file: Path) -> Identity:
    return identity_of(file.stat())


def publish(place: Place, source: Path, content: bytes = b"PERSON_0") -> Path | None:
    part = place.begin()
    part.write(content)
    return place.publish(part, source, identity(source))


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_in_place_the_original_is_kept_as_a_backup(file: Path) -> None:
    backup = publish(Place(file, in_place=True, mark="m"), file)
    assert backup == file.with_name("a.txt.bak")
    assert backup.read_text() == "Ada"
    assert file.read_text() == "PERSON_0"
    assert {stat.S_IMODE(one.stat().st_mode) for one in (file, backup)} == {0o640}
    assert names(file.parent) == ["a.txt", "a.txt.bak"]


def test_an_older_backup_is_never_replaced(file: Path) -> None:
    file.with_name("a.txt.bak").write_text("older")
    file.with_name("a.txt.bak.1").symlink_to("a.txt")
    backup = publish(Place(file, in_place=True, mark="m"), file)
    assert backup == file.with_name("a.txt.bak.2")
    assert backup.read_text() == "Ada"
    assert file.with_name("a.txt.bak").read_text() == "older"


def test_a_backup_from_before_a_crash_is_used(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Ada")
    file.with_name("a.txt.bak").hardlink_to(file)
    publish(Place(file, in_place=True, mark="m"), file)
    assert names(tmp_path) == ["a.txt", "a.txt.bak"]


def test_at_a_target_the_mode_is_the_source_s(file: Path, tmp_path: Path) -> None:
    place = Place(tmp_path / "out" / "b" / "a.txt", in_place=False, mark="m")
    assert publish(place, file) is None
    assert place.target.read_text() == "PERSON_0"
    assert stat.S_IMODE(place.target.stat().st_mode) == 0o640
    assert names(place.target.parent) == ["a.txt"]


def test_nothing_is_overwritten_at_a_target(file: Path, tmp_path: Path) -> None:
    place = Place(tmp_path / "out.txt", in_place=False, mark="m")
    part = place.begin()
    place.target.write_text("came meanwhile")
    with pytest.raises(FileProblemError, match="exists already"):
        place.publish(part, file, identity(file))
    part.close()
    with pytest.raises(FileProblemError, match="exists already"):
        place.begin()
    assert place.target.read_text() == "came meanwhile"


def test_a_source_that_changed_is_not_replaced(file: Path) -> None:
    place = Place(file, in_place=True, mark="m")
    before = identity(file)
    with place.begin() as part:
        file.write_text("Ada and others")
        with pytest.raises(FileProblemError, match="it was changed while it was read"):
            place.publish(part, file, before)
    with pytest.raises(FileProblemError, match="it was changed while it was read"):
        open_regular(file, before)
    assert file.read_text() == "Ada and others"


def test_a_run_finds_only_its_own_part_files(file: Path) -> None:
    place, other = (Place(file, in_place=True, mark=mark) for mark in ("m", "n"))
    place.begin().close()
    other.begin().close()
    publish(place, file)
    assert not place.part.exists()
    assert other.part.exists()


def test_opening_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileProblemError, match="it is not a regular file"):
        open_regular(tmp_path / "pipe")
    assert digest_of(tmp_path / "pipe") is None
    assert digest_of(tmp_path / "none") is None
