"""The command in a separate process: pipes, signals, terminals, and visible secrets."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from liminal.sandbox import Sandbox
from tests._sync.waiting import until

from .running import liminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, terminals and signals of POSIX")

COMMAND = [sys.executable, "-m", "liminal.cli"]


def at_terminal(*arguments: str, columns: int = 80) -> pexpect.spawn[str]:
    [program, *rest] = [*COMMAND, *arguments]
    return pexpect.spawn(
        program,
        rest,
        encoding="utf-8",
        timeout=30,
        dimensions=(24, columns),
        env={**os.environ, "TERM": "xterm-256color"},
    )


def test_a_closed_pipe_and_a_full_disk_cause_no_traceback(sandbox: Sandbox) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with Path("/dev/full").open("wb") as full:
        ended = [
            subprocess.Popen([*COMMAND, "models"], stdout=out, stderr=subprocess.PIPE, text=True)
            for out in (writing, full)
        ]
    os.close(writing)
    assert [process.communicate()[1] for process in ended] == [
        "",
        "liminal: No space left on device\n",
    ]
    assert [process.returncode for process in ended] == [1, 1]


def test_no_argument_and_no_output_contains_a_secret(
    server: Sandbox, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    login = at_terminal("login", "--server", server.url)
    login.expect_exact("Token (not shown): ")
    arguments = Path(f"/proc/{login.pid}/cmdline")
    if arguments.exists():  # where there is one
        assert server.token not in arguments.read_text()
    login.sendline(server.token)
    login.expect(pexpect.EOF)
    login.close()
    assert login.exitstatus == 0
    assert login.before is not None
    assert "Signed in to" in login.before
    assert server.token not in login.before
    assert (settings / "secret").read_text() == server.token


def test_ctrl_c_ends_an_answer_in_a_terminal_that_is_resized(sandbox: Sandbox) -> None:
    sandbox.chunk_delay = 30
    chat = at_terminal("chat")
    chat.expect_exact("> ")
    before = sandbox.submits
    chat.sendline("Write to Ada Lovelace")
    until(lambda: sandbox.submits > before)
    chat.setwinsize(10, 30)
    chat.kill(signal.SIGWINCH)
    chat.sendintr()
    chat.expect_exact("Stopped. The turn may have been counted.")
    chat.expect_exact("> ")
    sandbox.chunk_delay = 0
    chat.sendline("Again: Ada Lovelace")
    chat.expect(r"I have read\s+your 2\s+words")
    chat.expect_exact("> ")
    chat.sendline("/quit")
    chat.expect(r"To continue: liminal chat --thread \d+")
    chat.expect(pexpect.EOF)
    chat.close()
    assert chat.exitstatus == 0


def test_ctrl_c_ends_a_command_with_130(sandbox: Sandbox) -> None:
    sandbox.answer_delay = 30
    before = sandbox.connections
    models = at_terminal("models")
    until(lambda: sandbox.connections > before)
    models.sendintr()
    models.expect(pexpect.EOF)
    models.close()
    assert models.exitstatus == 130
    assert "Traceback" not in str(models.before)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_completion_script_for_each_shell(
    monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setenv("_LIMINAL_COMPLETE", f"source_{shell}")
    ended = liminal()
    assert ended.status == 0
    assert f"complete_{shell}" in ended.out


BASH = """\
source /dev/stdin
COMP_WORDS=(liminal hy) COMP_CWORD=1
_liminal_completion liminal
echo "${COMPREPLY[@]}"
"""


def test_bash_completes_the_commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    program = tmp_path / "liminal"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m liminal.cli "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("_LIMINAL_COMPLETE", "source_bash")
    script = liminal().out
    monkeypatch.delenv("_LIMINAL_COMPLETE")
    ended = subprocess.run(
        [bash, "-c", BASH], input=script, capture_output=True, text=True, check=True
    )
    assert (ended.stdout, ended.stderr) == ("hydrate\n", "")
