"""What users of unittest have in place of the fixtures."""

import asyncio
import contextlib
import io
import logging
import os
import sys
import unittest
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liminal import Client, SyncClient
from liminal.errors import LiminalError
from liminal.sandbox import Sandbox
from liminal.testing import Canary, running_sandbox


class CaseOfOurOwn(unittest.TestCase):
    def setUp(self) -> None:
        self.sandbox = self.enterContext(running_sandbox(Sandbox(terms={"Falcon": "CUSTOM"})))
        self.client = self.enterContext(SyncClient.from_env())

    def test_client(self) -> None:
        assert self.client.prompt.cleanse(1, "Falcon").text == "CUSTOM_0"
        assert self.sandbox.logins == 1


class AsyncCaseOfOurOwn(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.sandbox = self.enterContext(running_sandbox())
        self.client = await self.enterAsyncContext(Client.from_env())

    async def test_client(self) -> None:
        assert (await self.client.llm.get_model_instance("sandbox-model")).id == 1


def test_the_environment_is_restored_if_the_block_fails() -> None:
    before = dict(os.environ)
    with pytest.raises(KeyError), running_sandbox():
        raise KeyError(os.environ["LIMINAL_TOKEN"])
    assert dict(os.environ) == before


def test_wrong_types_of_arguments_are_refused() -> None:
    wrong: Any = 5
    with pytest.raises(LiminalError, match="must be a Sandbox or None, not of type int"):
        running_sandbox(wrong).__enter__()
    with pytest.raises(LiminalError, match="folder must be a str or a path, not of type int"):
        Canary("Zoë", folder=wrong)
    canary = Canary("Zoë")
    with pytest.raises(LiminalError, match="takes an exception, not a value of type int"):
        canary.check(wrong)
    assert repr(canary) == "<Canary, 1 texts>"


def log(text: str, name: str = "app", level: int = logging.DEBUG, **extra: object) -> None:
    logging.getLogger(name).log(level, text, extra=extra)


def log_apart(text: str) -> None:
    """Set up a logger while the canary watches, as a program may."""
    logging.getLogger("liminal-tests-late").propagate = False
    log(text, "liminal-tests-late", logging.INFO)


async def log_in_a_loop(text: str) -> None:
    log(text, "asyncio")


@pytest.mark.parametrize(
    ("leak", "said"),
    [
        (log, "a log record of app (DEBUG)"),
        (lambda text: log("%s", to=[text]), "a log record of app (DEBUG)"),
        (log_apart, "a log record of liminal-tests-late (INFO)"),
        (lambda text: asyncio.run(log_in_a_loop(text)), "a log record of asyncio (DEBUG)"),
        (lambda text: [log(text), log(text)], "a log record of app (DEBUG)"),
        (lambda text: [log(text), print(text)], "a log record of app (DEBUG)\n  and in stdout"),  # noqa: T201
        (print, "stdout"),
        (lambda text: sys.stderr.write(f"{text}\n"), "stderr"),
        (lambda text: Path("out").write_text(text, "utf-8"), "the file out"),
        (lambda text: Path(f"to-{text}").touch(), "the file to-<canary>"),
    ],
    ids=[
        *("a record", "its extras", "a logger that is set up later", "a running loop", "twice"),
        *("two places", "stdout", "stderr", "a file", "a file's name"),
    ],
)
def test_a_canary_s_block_fails_and_says_once_where_the_text_is_visible(
    leak: Callable[[str], object], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError) as told, Canary("Zoë", folder=str(tmp_path)):
        leak("Zoë")
    assert str(told.value) == f"A canary shows in {said}"


def test_an_exception_that_leaves_the_block_is_searched() -> None:
    with pytest.raises(AssertionError, match="the message of ValueError"), Canary("Zoë"):
        raise ExceptionGroup("several", [ValueError("Zoë"), KeyError()])
    with pytest.raises(KeyError), Canary("Zoë"):
        raise KeyError


def test_values_without_a_repr_are_skipped() -> None:
    class Sullen:
        def __repr__(self) -> str:
            raise ValueError

    class WrongError(Exception):
        def __init__(self) -> None:
            self.fields = [Sullen(), b"Byron", {1: {2: {3: {4: "deep"}}}}]

    logger = logging.getLogger("liminal-tests-quiet")
    logger.propagate = False  # pytest's own handler raises for arguments that don't fit
    with Canary("Zoë") as canary:
        canary.check(WrongError())
        logger.info("%d", "no number", extra={"a": Sullen()})


def test_log_records_still_reach_their_handlers(caplog: pytest.LogCaptureFixture) -> None:
    original = logging.Logger.callHandlers
    with Canary("Zoë"):
        logging.getLogger("app").warning("Hello")
    assert caplog.messages == ["Hello"]
    assert logging.Logger.callHandlers is original


def test_a_later_log_hook_stays_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(logging.Logger, "callHandlers", logging.Logger.callHandlers)
    with Canary("Zoë") as canary:
        ours = logging.Logger.callHandlers

        def later(logger: logging.Logger, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())
            ours(logger, record)

        monkeypatch.setattr(logging.Logger, "callHandlers", later)
    logging.getLogger("app").warning("Zoë")
    assert (seen, canary.findings()) == (["Zoë"], "")


def test_a_warning_still_reaches_the_earlier_hook() -> None:
    with pytest.warns(UserWarning, match="Zoë"), pytest.raises(AssertionError, match="a warning"):  # noqa: SIM117
        with Canary("Zoë"):
            warnings.warn("Zoë", stacklevel=1)


def test_a_later_warning_hook_stays_installed() -> None:
    before = warnings.showwarning
    try:
        with Canary("Zoë"):
            later = warnings.showwarning = lambda *_args, **_named: None
        assert warnings.showwarning is later
    finally:
        warnings.showwarning = before


def test_output_still_reaches_its_stream() -> None:
    written = io.StringIO()
    with contextlib.redirect_stdout(written), Canary("Zoë"):
        print("Hello", flush=True)  # noqa: T201 - as a program would
    assert written.getvalue() == "Hello\n"


@pytest.mark.parametrize("text", [" ", None, 5, b"Zoe"])
def test_a_canary_must_be_a_str_that_is_not_blank(text: Any) -> None:
    with pytest.raises(LiminalError, match="a str that is not blank"):
        Canary(text)
