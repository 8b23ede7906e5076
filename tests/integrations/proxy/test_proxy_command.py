"""``python -m liminal.integrations.proxy``."""

import os
import re
import signal
import subprocess
import sys
import threading
from importlib import import_module
from typing import Any

import httpx
import pytest

from liminal.integrations.proxy import _server
from liminal.integrations.proxy.__main__ import main
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI

from .running import ADA, KEY

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
MODULE = "liminal.integrations.proxy"
UPSTREAM = ("--upstream", "https://upstream.example", "--model", "sandbox-model")


@pytest.fixture(autouse=True)
def signals() -> Any:
    """Restore the signal handlers that the command replaces."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def run(*arguments: str) -> int | str | None:
    """Run the command in this process; return its exit status."""
    try:
        return main(arguments)
    except SystemExit as ended:
        return ended.code


def stop_when_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send SIGTERM to this process once the server has installed its handlers."""
    serve = _server.uvicorn.Server.startup

    async def startup(self: Any, **options: Any) -> None:
        await serve(self, **options)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(_server.uvicorn.Server, "startup", startup)


def test_each_start_prints_a_new_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sandbox: Sandbox
) -> None:
    stop_when_it_serves(monkeypatch)
    assert [run(*UPSTREAM) for _ in range(2)] == [0, 0]
    shown = capsys.readouterr().out
    assert re.search(r"export OPENAI_BASE_URL=http://127.0.0.1:\d+/v1\n", shown)
    assert re.search(r"export ANTHROPIC_BASE_URL=http://127.0.0.1:\d+\n", shown)
    keys = re.findall(r"export OPENAI_API_KEY=(\S{40,})\n", shown)
    assert len(set(keys)) == 2


def test_a_key_that_the_user_has_set_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sandbox: Sandbox
) -> None:
    stop_when_it_serves(monkeypatch)
    monkeypatch.setenv("LIMINAL_PROXY_KEY", KEY)
    monkeypatch.setenv("LIMINAL_PROXY_UPSTREAM_KEY", "sk")
    assert run(*UPSTREAM) == 0
    shown = capsys.readouterr().out
    assert 'export ANTHROPIC_API_KEY="$LIMINAL_PROXY_KEY"\n' in shown
    assert KEY not in shown


def test_the_environment_may_name_the_model_instance(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sandbox: Sandbox
) -> None:
    stop_when_it_serves(monkeypatch)
    upstream = UPSTREAM[:2]
    assert run(*upstream, "--model", "sandbox-model") == 0
    assert run(*upstream) == 2
    assert "required: --model" in capsys.readouterr().err
    monkeypatch.setenv("LIMINAL_MODEL_INSTANCE", "sandbox-model")
    assert run(*upstream) == 0


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (["--port", "99999"], "port must be 0 to 65535"),
        (["--port", "x"], "argument --port: invalid int value: 'x'"),
        (["--key", "secret"], "unrecognized arguments: --key"),
        (["--upstream", "http://upstream.example"], "--upstream must be https://"),
        (["--upstream", "https://me:pass@x.example"], "--upstream must not contain a user name"),
        (["--model", "99"], "no model instance that you can see has that id"),
        (["--model", "Nobody's"], "no model instance has that name"),
    ],
)
def test_a_bad_argument_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    changed: list[str],
    problem: str,
) -> None:
    assert run(*UPSTREAM, *changed) == 2
    shown = capsys.readouterr()
    assert problem in shown.err
    assert (shown.err.count("\n"), shown.out) == (1, "")


def test_a_port_in_use_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sandbox: Sandbox
) -> None:
    port = str(httpx.URL(sandbox.url).port)
    assert run(*UPSTREAM, "--port", port) == 2
    told = f"the proxy can't listen on 127.0.0.1:{port}: Address already in use\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize("key", ["too short", "short", "with a space in the middle", "ümlaut" * 9])
def test_a_short_or_invalid_key_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    monkeypatch.setenv("LIMINAL_PROXY_KEY", key)
    assert run(*UPSTREAM) == 2
    shown = capsys.readouterr()
    assert "LIMINAL_PROXY_KEY must be ASCII without spaces, of length 16 or more" in shown.err
    assert key not in shown.err


def test_without_a_sign_in_the_error_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*UPSTREAM) == 2
    assert "LIMINAL_API_SERVER_URL" in capsys.readouterr().err


def test_ctrl_c_during_the_sign_in_ends_the_proxy(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_server, "listen", interrupt)
    assert run(*UPSTREAM) == 130


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, f"{MODULE}.__main__")
    monkeypatch.delitem(sys.modules, f"{MODULE}._server")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(SystemExit, match=r"liminal-sdk-python\[proxy\]"):
        import_module(f"{MODULE}.__main__")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_serves_until_a_signal_and_exits_cleanly(
    sandbox: Sandbox, openai_model: FakeOpenAI, number: int
) -> None:
    openai_model.reply("Dear PERSON_0")
    own = {"LIMINAL_PROXY_KEY": KEY, "LIMINAL_PROXY_UPSTREAM_KEY": openai_model.api_key}
    paths = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-m", MODULE, "--upstream", openai_model.base_url]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        [*command, "--model", "sandbox-model"],
        env={**os.environ, **own, "PYTHONPATH": paths},
        text=True,
        **pipes,
    ) as process:
        killer = threading.Timer(60, process.kill)
        killer.start()
        assert process.stdout is not None
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url is not None
        messages = [{"role": "user", "content": f"Write to {ADA}"}]
        answer = httpx.post(
            f"{url[0]}/v1/chat/completions",
            json={"model": "any", "messages": messages},
            headers={"authorization": f"Bearer {KEY}"},
            timeout=20,
        )
        assert answer.json()["choices"][0]["message"]["content"] == f"Dear {ADA}"
        process.send_signal(number)
        out, errors = process.communicate()
        killer.cancel()
    assert (process.returncode, errors) == (0, "")
    assert ADA not in out
