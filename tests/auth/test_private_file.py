"""The file that holds a secret: private, never half written, with one writer at a time."""

import errno
import io
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
    return PrivateFile(tmp_path / "new" / "secret")


def put(file, content=b"content"):
    with file.locked():
        file.write(content)


def test_the_written_content_is_read_and_each_write_changes_the_version(file):
    assert file.read() is file.version() is None
    put(file)
    before = file.version()
    put(file)
    assert file.read() == b"content"
    assert file.version() != before
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["secret", "secret.lock"]


@pytest.mark.parametrize("umask", [0, 0o022])
def test_the_file_its_lock_and_a_new_folder_are_for_the_owner_alone(file, umask):
    before = os.umask(umask)
    try:
        put(file)
    finally:
        os.umask(before)
    for path in file.path.parent.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_others_can_access_or_own_is_not_read(file, monkeypatch):
    put(file)
    for mode in (0o604, 0o640, 0o620, 0o602, 0o610):
        file.path.chmod(mode)
        with pytest.raises(Unusable, match="other users can read or write it"):
            file.read()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(Unusable, match="belongs to another user"):
        file.read()


def test_no_more_than_four_mebibytes_are_read(file):
    put(file)
    os.truncate(file.path, 5 * 1024 * 1024)
    assert len(file.read()) == 4 * 1024 * 1024


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (Path.mkdir, "not a regular file"),
        (os.mkfifo, "not a regular file"),
        (lambda path: path.symlink_to(path), "symbolic links"),
    ],
    ids=["folder", "pipe", "loop of links"],
)
def test_only_a_regular_file_is_read(tmp_path, make, problem):
    make(tmp_path / "odd")
    with pytest.raises(Unusable, match=problem):
        PrivateFile(tmp_path / "odd").read()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_regular_file_is_not_replaced_by_one(tmp_path, make):
    """A program that runs as root may be given /dev/null."""
    make(tmp_path / "odd")
    with pytest.raises(OSError, match="not a regular file"), PrivateFile(tmp_path / "odd").locked():
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["odd"]


def test_a_lock_that_is_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "file.lock")
    with pytest.raises(OSError, match="seek"), PrivateFile(tmp_path / "file").locked():
        pass


def test_a_file_that_the_disk_fails_to_read_is_unusable(file, monkeypatch):
    put(file)

    class Failing(io.FileIO):
        def read(self, size=-1):
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdopen", Failing)
    with pytest.raises(Unusable, match="Input/output error"):
        file.read()


def test_a_link_and_the_leftovers_of_a_killed_writer_are_replaced(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "secret").symlink_to("precious")
    (tmp_path / "secret.new").write_text("half of")
    file = PrivateFile(tmp_path / "secret")
    put(file)
    assert file.read() == b"content"
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_second_thread_waits_for_the_lock(file):
    entered = threading.Event()

    def second():
        with file.locked():
            entered.set()

    with file.locked():
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.05)
    thread.join()
    assert entered.is_set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_child_of_a_fork_does_not_keep_the_lock(file):
    told, tell = os.pipe()
    with file.locked():
        child = os.fork()
        if not child:
            os.read(told, 1)
            os._exit(0)
    try:
        with file.locked(patience=0):
            pass
    finally:
        os.write(tell, b"end")
        os.waitpid(child, 0)


def test_ctrl_c_while_the_lock_is_released_does_not_keep_it(file, monkeypatch):
    def interrupted(_):
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(_private_file, "_unlock", interrupted)
    with pytest.raises(KeyboardInterrupt), file.locked():
        pass
    with file.locked(patience=0):
        pass


def test_a_killed_writer_leaves_the_old_content_or_the_new(file):
    put(file, b"old" * 100_000)
    kills = subprocess.run(
        [sys.executable, "-c", KILLS, file.path], check=True, capture_output=True, text=True
    )
    assert int(kills.stdout) > 10
