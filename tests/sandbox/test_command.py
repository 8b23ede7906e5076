"""``python -m liminal.sandbox``."""

import os
import re
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import liminal.sandbox

from .conftest import NO_TLS, log_in
from .paths import ME

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture(autouse=True)
def signals():
    """Restore the signal handlers that the command replaces."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    """Run the command in this process; return its exit status."""
    monkeypatch.setattr(sys, "argv", ["liminal.sandbox", *arguments])
    # By its path: pytest's import hook, which serves packages with a plugin, can't run modules.
    command = Path(liminal.sandbox.__file__).with_name("__main__.py")
    with pytest.raises(SystemExit) as raised:
        runpy.run_path(str(command), run_name="__main__")
    return raised.value.code


def test_the_command_prints_how_to_use_the_sandbox(monkeypatch):
    shown: list[str] = []

    def print_and_stop(text, **_):
        shown.append(text)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("builtins.print", print_and_stop)
    assert run(monkeypatch, "--token", "my token", "--term", "a=b=C") == 0
    (usage,) = shown
    assert re.search(r"export LIMINAL_API_SERVER_URL=http://127\.0\.0\.1:\d+\n", usage)
    assert "export TOKEN='my token'\n" in usage
    assert "export LIMINAL_TOKEN='my token'\n" in usage
    assert "export MODEL_INSTANCE_NAME=sandbox-model\n" in usage
    assert "never send it real data" in usage


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--port", "x"], "argument --port: invalid int value: 'x'"),
        (["--port", "99999"], "port must be 0 to 65535"),
        (["--session-ttl", "0"], "session_ttl must be more than 0 seconds"),
        (["--stream-format", "xml"], "argument --stream-format: invalid choice: 'xml'"),
        (["--term", "word"], "argument --term: 'word' is not WORDS=TYPE"),
        (["--term", "=TYPE"], "argument --term: '=TYPE' is not WORDS=TYPE"),
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["--port", "TAKEN"], "can't listen on 127.0.0.1:TAKEN: Address already in use\n"),
    ],
)
def test_a_bad_argument_is_reported_in_one_line(monkeypatch, capsys, sandbox, arguments, problem):
    taken = sandbox.url.rpartition(":")[2]
    assert run(monkeypatch, *(each.replace("TAKEN", taken) for each in arguments)) == 2
    shown = capsys.readouterr()
    assert problem.replace("TAKEN", taken) in shown.err
    assert (shown.err.count("\n"), shown.out) == (1, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_serves_its_printed_session_until_a_signal_and_exits_cleanly(number):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "liminal.sandbox", "--token", "secret"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as running:
        try:
            assert running.stdout is not None
            shown = "".join(iter(running.stdout.readline, "Press Ctrl-C to stop.\n"))
            named = dict(re.findall(r"export (\w+)=(\S+)", shown))
            url = named["LIMINAL_API_SERVER_URL"]
            with httpx.Client(base_url=url, verify=NO_TLS, trust_env=False) as client:
                session = {"Cookie": f"session={named['SESSION_ID']}"}
                assert client.get(ME, headers=session).status_code == 200
                assert log_in(client, "secret").status_code == 200
            running.send_signal(number)
            _, errors = running.communicate()
        finally:
            running.kill()
    assert (running.returncode, errors) == (0, "")
