"""The exit status of a command, and the line that says why it failed."""

from __future__ import annotations

import errno
import io
import re
import socket
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import liminal as package
from liminal import cli
from liminal.cli import __main__, _app, _console
from liminal.sandbox import Sandbox

from .running import Stream, liminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer as Buffer


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_names_the_commands(arguments: tuple[str, ...]) -> None:
    ended = liminal(*arguments)
    assert ended.status == 0
    assert "cleanse" in ended.out


def test_version_prints_the_package_s_version() -> None:
    assert liminal("--version").out == f"liminal {package.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["modles"], "No such command 'modles'"),
        (["models", "--jsn"], "No such option: --jsn"),
        (["hydrate"], "Missing option '--thread'"),
        (["hydrate", "-t", "x"], "Invalid value for '--thread' / '-t'"),
        (["hydrate", "-t"], "Option '-t' requires an argument (see liminal hydrate --help)"),
        (["cleanse", ""], "Invalid value for 'FILE': the path is empty"),
        (["cleanse", "-m", ""], "Invalid value for '--model' / '-m'"),
        (["cleanse", "-m", "Nobody's"], "no model instance has that name"),
        (["cleanse", "-m", "9" * 5000], "no model instance has that id: "),
        (["chat", "-m", "2"], "the model instance with that id has no model connections"),
    ],
)
def test_wrong_usage_exits_with_2(sandbox: Sandbox, arguments: list[str], problem: str) -> None:
    ended = liminal(*arguments, stdin="text")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"liminal: {problem}")
    assert ended.err.count("\n") == 1


def test_a_refused_sign_in_exits_with_3(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMINAL_TOKEN", "secret-wrong-token")
    ended = liminal("models")
    assert ended.status == 3
    assert ended.err.startswith("liminal: the service refused the login (401)")
    assert "secret-wrong-token" not in ended.err


def test_a_failure_of_the_service_exits_with_4_and_shows_the_request_id(sandbox: Sandbox) -> None:
    sandbox.fail_next(403, path="*/model-instances")
    ended = liminal("models")
    assert ended.status == 4
    assert ended.err.endswith(f"(request id {sandbox.requests[-1].request_id})\n")


@pytest.mark.parametrize("status", [302, 400])
def test_advice_for_programs_is_not_shown(sandbox: Sandbox, status: int) -> None:
    sandbox.fail_next(status, path="*/model-instances")
    told = liminal("models").err
    assert told.startswith("liminal: list_model_instances: the service answered ")
    assert not any(name in told for name in ("api_server_url", "the error's body"))


def test_attributes_of_errors_are_not_named(sandbox: Sandbox) -> None:
    sandbox.fail_next(429, headers={"Retry-After": "0"}, times=3, path="*/model-instances")
    sandbox.drop_next(path="*/submit")
    sandbox.fail_next_stream(after=1, message="It failed.")
    told = [liminal("models").err, *(liminal("chat", stdin="Hi").err for _ in range(2))]
    assert told[0].startswith("liminal: list_model_instances: the service answered 429 ")
    assert "the connection was lost before the whole answer arrived; to find out" in told[1]
    assert "the answer is incomplete (request id " in told[2]
    assert not re.search("retry_after|may_have_been_processed|server_message", "".join(told))


def test_an_unreachable_server_exits_with_4_and_points_to_doctor(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", f"http://127.0.0.1:{port}")
    ended = liminal("models")
    assert ended.status == 4
    assert ended.err.endswith("; to find out why, run `liminal doctor`\n")


@pytest.mark.parametrize("connections", [[], ["one", "two"]])
def test_a_model_instance_must_be_named_unless_there_is_one(
    monkeypatch: pytest.MonkeyPatch, connections: list[str]
) -> None:
    instances = {"empty": [], **{name: ["model"] for name in connections}}
    with Sandbox(model_instances=instances) as sandbox:
        monkeypatch.setenv("LIMINAL_API_SERVER_URL", sandbox.url)
        monkeypatch.setenv("LIMINAL_TOKEN", sandbox.token)
        ended = liminal("analyze", stdin="text")
    assert ended.status == 2
    assert (
        "name one with --model" if connections else "have no model instance to use"
    ) in ended.err


def failing(error: BaseException) -> Callable[[str], None]:
    def emit(_: str) -> None:
        raise error

    return emit


@pytest.mark.parametrize("kind", [KeyboardInterrupt, EOFError])
def test_ctrl_c_exits_with_130_silently(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, kind: type[BaseException]
) -> None:
    monkeypatch.setattr(_console, "emit", failing(kind()))
    ended = liminal("models")
    assert (ended.status, ended.out, ended.err.strip()) == (130, "", "")


def test_a_write_error_exits_with_1_and_the_reason(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "results")
    monkeypatch.setattr(_console, "emit", failing(full))
    ended = liminal("models")
    assert (ended.status, ended.err) == (1, "liminal: results: No space left on device\n")


def test_buffered_output_is_dropped_without_a_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "out"
    with file.open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        stream.write("left")
        _app._drop_output()
    assert file.read_text() == ""


class Trickle(io.RawIOBase):
    """Accepts three bytes at a time, like an unbuffered pipe that is nearly full."""

    def __init__(self) -> None:
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        self.taken += bytes(data)[:3]
        return min(3, len(bytes(data)))


def test_output_survives_partial_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Trickle()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, write_through=True))
    _console.emit("all of it, caf\u00e9")
    assert pipe.taken.decode() == "all of it, caf\u00e9"


@pytest.mark.parametrize(
    ("closed", "command", "expected"),
    [
        ("in", "analyze", (0, "", "")),
        ("out", "models", (1, "", "liminal: Bad file descriptor\n")),
        ("err", "hydrate", (2, "", "")),
        ("in out err", "analyze --json", (1, "", "")),
    ],
)
def test_a_closed_standard_stream_causes_no_traceback(
    sandbox: Sandbox, closed: str, command: str, expected: tuple[int, str, str]
) -> None:
    ended = liminal(*command.split(), closed=closed)
    assert (ended.status, ended.out, ended.err) == expected


def test_progress_is_shown_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Stream())
    assert _console.progress_console() is None
    monkeypatch.setattr(sys, "stderr", Stream(is_terminal=True))
    console = _console.progress_console()
    assert console is not None
    assert console.file is sys.stderr


def test_a_broken_pipe_exits_with_1_silently(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_console, "emit", failing(BrokenPipeError()))
    ended = liminal("models")
    assert (ended.status, ended.err) == (1, "")


def test_help_loads_only_what_it_needs() -> None:
    """Slow imports are made only by the commands that need them."""
    program = "import sys, liminal.cli._app; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    slow = {"httpx", "anyio", "msal", "keyring", "rich", "sqlite3", "uvicorn", "liminal_api"}
    assert slow & set(ended.stdout.split()) == set()


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "liminal.cli._app")
    monkeypatch.setitem(sys.modules, "typer", None)
    with pytest.raises(SystemExit, match=r'pip install "liminal-sdk-python\[cli\]"') as ended:
        cli.main()
    assert "\n" not in str(ended.value)


def test_a_missing_module_of_ours_is_not_reported_as_a_missing_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "liminal.cli._app", None)
    with pytest.raises(ModuleNotFoundError, match=r"liminal\.cli\._app"):
        cli.main()


def test_ctrl_c_during_the_import_exits_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "liminal.cli._app":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "liminal.cli._app")
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130


def test_the_command_is_installed() -> None:
    [command] = entry_points(group="console_scripts", name="liminal")
    assert command.load() is cli.main


def test_the_entry_point_exits_with_the_command_s_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["liminal", "--nothing"])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 2
