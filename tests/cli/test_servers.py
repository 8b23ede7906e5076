"""``liminal sandbox`` and ``liminal proxy``."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from liminal.integrations.proxy import _server
from liminal.sandbox import Sandbox

from .running import liminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Restore the signal handlers that the servers replace."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_the_sandbox_serves_until_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    enter = Sandbox.__enter__

    def entered(self: Sandbox) -> Sandbox:
        os.kill(os.getpid(), signal.SIGINT)
        return enter(self)

    monkeypatch.setattr(Sandbox, "__enter__", entered)
    ended = liminal("sandbox", "--token", "of-the-test")
    assert ended.status == 0
    assert "export LIMINAL_TOKEN=of-the-test\n" in ended.out


def test_the_proxy_uses_the_saved_sign_in(server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert liminal("login", "--server", server.url, stdin=server.token).status == 0
    startup = _server.uvicorn.Server.startup

    async def started(self: Any, **options: Any) -> None:
        await startup(self, **options)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(_server.uvicorn.Server, "startup", started)
    ended = liminal("proxy", "--upstream", "https://x.example", "--model", "sandbox-model")
    assert ended.status == 0
    assert "export OPENAI_BASE_URL=http://127.0.0.1:" in ended.out


def test_the_proxy_without_a_sign_in_exits_with_3() -> None:
    ended = liminal("proxy", "--upstream", "https://x.example", "--model", "1")
    assert ended.status == 3
    assert "You are not signed in" in ended.err


@pytest.mark.parametrize("command", ["sandbox", "proxy"])
def test_help_shows_the_name_of_the_command(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = liminal(command, "--help")
    assert ended.status == 0
    assert ended.out.startswith(f"usage: liminal {command} ")


def test_a_wrong_option_exits_with_2() -> None:
    ended = liminal("sandbox", "--prot", "1")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
