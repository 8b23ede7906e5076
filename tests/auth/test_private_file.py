"""The file that holds a secret: owner only, whole at any moment, one writer at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from liminal.auth import _private_file
from liminal.auth._private_file import PrivateFile, Unusable

# Forks one writer per line of the code that writes, and kills it with SIGKILL at that line.
KILLS = """
import os, signal, sys
from liminal.auth import _private_file
file = _private_file.PrivateFile(sys.argv[1])
source = _private_file.__file__

def kill_at(line):
    def trace(frame, event, _):
        nonlocal line
        if frame.f_code.co_filename != source:
            return None
        if event == "line":
            line -= 1
            if line < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    return trace

kills = 0
while True:
    child = os.fork()
    if not child:
        sys.settrace(kill_at(kills))
        with file.locked():
            file.write(b"new" * 100_000)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    content = file.read()
    assert content in (b"old" * 100_000, b"new" * 100_000), len(content)
    if status == 0:
        break
    kills += 1
    with file.locked():
        file.write(b"old" * 100_000)
print(kills)
"""


@pytest.fixture
def file(tmp_path):
    return PrivateFile(tmp_path / "secret")


def put(file, content=b"content"):
    with file.locked():
        file.write(content)


def test_what_was_written_is_read(file):
    put(file)
    assert file.read() == b"content"


def test_a_file_that_is_not_there_holds_nothing(file):
    assert file.read() is None
    assert file.version() is None


def test_only_the_owner_may_read(file):
    put(file)
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_only_the_owner_may_read_whatever_the_umask(file):
    before = os.umask(0)
    try:
        put(file)
    finally:
        os.umask(before)
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_missing_folders_are_made_for_the_owner_alone(tmp_path):
    put(PrivateFile(tmp_path / "new" / "secret"))
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_each_write_makes_another_version(file):
    put(file)
    before = file.version()
    put(file)
    assert file.version() != before


def test_nothing_but_the_file_and_its_lock_stays(file):
    put(file)
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["secret", "secret.lock"]


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o602, 0o610])
def test_a_file_that_is_open_to_others_is_not_read(file, mode):
    put(file)
    file.path.chmod(mode)
    with pytest.raises(Unusable, match="other users can read or write it"):
        file.read()


def test_a_file_of_somebody_else_is_not_read(file, monkeypatch):
    put(file)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(Unusable, match="belongs to another user"):
        file.read()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_regular_file_is_not_read(file, make):
    make(file.path)
    with pytest.raises(Unusable, match="not a regular file"):
        file.read()


def test_a_file_that_cannot_be_opened_is_not_read(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(Unusable, match="symbolic links"):
        PrivateFile(tmp_path / "loop").read()


def test_a_link_is_replaced_and_not_followed(file, tmp_path):
    (tmp_path / "precious").write_text("precious")
    file.path.symlink_to(tmp_path / "precious")
    put(file)
    assert (tmp_path / "precious").read_text() == "precious"


def test_what_a_killed_writer_left_is_no_hindrance(file):
    file.path.with_name("secret.new").write_text("half of")
    put(file)
    assert file.read() == b"content"


def test_two_threads_write_one_after_the_other(file):
    inside, went_on = threading.Event(), threading.Event()

    def other():
        with file.locked():
            went_on.set()

    with file.locked():
        thread = threading.Thread(target=other)
        thread.start()
        inside.wait(0.05)
        assert not went_on.is_set()
    thread.join()
    assert went_on.is_set()


def test_a_lock_that_is_never_given_back_is_reported(file, monkeypatch):
    monkeypatch.setattr(_private_file, "LOCK_PATIENCE", 0.02)
    with (
        file.locked(),
        pytest.raises(TimeoutError, match="is locked by"),
        file.locked(),
    ):
        pass


def test_a_writer_that_is_killed_leaves_the_old_content_or_the_new(file):
    put(file, b"old" * 100_000)
    kills = subprocess.run(
        [sys.executable, "-c", KILLS, file.path], check=True, capture_output=True, text=True
    )
    assert int(kills.stdout) > 10
