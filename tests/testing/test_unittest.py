"""What users of unittest have in place of the fixtures, by the example of a test case."""

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


def test_the_environment_is_put_back_also_when_the_block_fails() -> None:
    before = dict(os.environ)
    with pytest.raises(KeyError), running_sandbox():
        raise KeyError(os.environ["LIMINAL_TOKEN"])
    assert dict(os.environ) == before


def test_what_is_no_sandbox_folder_or_exception_is_refused() -> None:
    wrong: Any = 5
    with pytest.raises(LiminalError, match="must be a Sandbox or None, not of type int"):
        running_sandbox(wrong).__enter__()
    with pytest.raises(LiminalError, match="folder must be a str or a path, not of type int"):
        Canary("Zoë", folder=wrong)
    canary = Canary("Zoë")
    with pytest.raises(LiminalError, match="takes an exception, and not a int"):
        canary.check(wrong)
    assert repr(canary) == "<Canary, 1 texts>"


def log(text: str) -> None:
    logging.getLogger().warning(text)


def shows(leak: object, *texts: str, folder: Path | str | None = None) -> str:
    """What a canary says of what ``leak`` does."""
    with pytest.raises(AssertionError) as told, Canary(*texts, folder=folder):
        leak()
    return str(told.value)


def test_a_canary_s_block_fails_where_the_text_shows(tmp_path: Path) -> None:
    name = "Zoë"
    out = tmp_path / "out"
    for leak, place in {
        lambda: logging.getLogger("app").debug(name): "a log record of app (DEBUG)",
        lambda: print(name): "stdout",  # noqa: T201 - it is what must not be done
        lambda: sys.stderr.write(f"{name}\n"): "stderr",
        lambda: out.write_text(name, "utf-8"): "the file out",
    }.items():
        assert place in shows(leak, name, folder=str(tmp_path))
        out.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("leak", "said"),
    [
        (lambda: [log("Zoë") for _ in range(2)], "a log record of root (WARNING)"),
        (lambda: [log("Zoë"), print("Zoë")], "a log record of root (WARNING)\n  and in stdout"),  # noqa: T201
        (Path("letter-to-Zoë.txt").touch, "the file letter-to-<canary>.txt"),
    ],
    ids=["a place once", "the first in the first line", "not the text where it is a name"],
)
def test_a_failure_names_all_places_and_never_the_text(
    leak: Callable[[], object], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert shows(leak, "Zoë", folder=tmp_path) == f"A canary shows in {said}"


def test_an_exception_that_leaves_the_block_is_looked_at() -> None:
    def leak() -> None:
        raise ExceptionGroup("several", [ValueError("Zoë"), KeyError()])

    said = shows(leak, "Zoë")
    assert "the message of ValueError" in said
    with pytest.raises(KeyError), Canary("Zoë"):
        raise KeyError


def test_what_can_t_be_shown_shows_nothing() -> None:
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


def test_a_program_may_set_its_logging_up_while_a_canary_watches() -> None:
    def leak() -> None:
        logger = logging.getLogger("liminal-tests-late")
        logger.propagate = False
        logger.warning("Zoë")

    assert "a log record of liminal-tests-late (WARNING)" in shows(leak, "Zoë")


def test_records_go_where_they_went_before(caplog: pytest.LogCaptureFixture) -> None:
    original = logging.Logger.callHandlers
    with Canary("Zoë"):
        logging.getLogger("app").warning("Hello")
    assert caplog.messages == ["Hello"]
    assert logging.Logger.callHandlers is original


def test_a_watcher_of_records_that_came_later_stays(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_warning_is_passed_on_to_who_watched_before() -> None:
    with pytest.warns(UserWarning, match="Zoë"), pytest.raises(AssertionError, match="a warning"):  # noqa: SIM117
        with Canary("Zoë"):
            warnings.warn("Zoë", stacklevel=1)


def test_a_watcher_of_warnings_that_came_later_stays() -> None:
    before = warnings.showwarning
    try:
        with Canary("Zoë"):
            later = warnings.showwarning = lambda *_args, **_named: None
        assert warnings.showwarning is later
    finally:
        warnings.showwarning = before


def test_output_goes_where_it_went_before() -> None:
    written = io.StringIO()
    with contextlib.redirect_stdout(written), Canary("Zoë"):
        print("Hello", flush=True)  # noqa: T201 - as a program would
    assert written.getvalue() == "Hello\n"


@pytest.mark.parametrize("text", [" ", None, 5, b"Zoe"])
def test_what_can_t_be_found_is_refused(text: Any) -> None:
    with pytest.raises(LiminalError, match="a str that can be found"):
        Canary(text)


def test_a_canary_sees_what_a_running_loop_logs() -> None:
    async def work() -> None:
        logging.getLogger("asyncio").debug("Zoë")

    assert "asyncio" in shows(lambda: asyncio.run(work()), "Zoë")
