"""Progress bars: rich's in a terminal, tqdm's in a notebook, none elsewhere."""

import atexit
import contextlib
import io
import re
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
import tqdm.notebook
import tqdm.std

from liminal.bulk import _bars
from liminal.bulk._result import BulkResult, Shelf
from liminal.errors import APITimeoutError, LiminalError


class Screen(io.StringIO):
    """A stream that may be a terminal."""

    def __init__(self, *, is_terminal: bool = True) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal

    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.getvalue())


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A terminal of 120 columns."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    return Screen()


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch, screen: Screen) -> Screen:
    """Simulate the kernel of a notebook."""
    module = ModuleType("IPython")
    shell = type("ZMQInteractiveShell", (), {})
    monkeypatch.setattr(module, "get_ipython", shell, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", module)
    screen.is_terminal = False
    return screen


def run(screen: Screen, *errors: Exception | None, total: int | None = 4) -> str:
    """Take these results, and return what the screen shows at the end."""
    with contextlib.redirect_stderr(screen):
        shelf = begun(total)
        for index, error in enumerate(errors):
            shelf.add(BulkResult(index=index, key=index, value="text", error=error))
            assert shelf.take() is not None
        shelf.close()
    return screen.text()


def begun(total: int | None = 4) -> Shelf[str]:
    shelf: Shelf[str] = Shelf(ordered=True, on_progress="bar", total=total)
    assert shelf.take() is None
    return shelf


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Simulate that these modules are not installed."""
    monkeypatch.delitem(sys.modules, "liminal.bulk._bars._rich", raising=False)
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)


def test_a_terminal_shows_numbers_and_failures_by_kind(screen: Screen) -> None:
    shown = run(screen, None, LiminalError("no"), APITimeoutError("late"), LiminalError("no"))
    last = shown.rstrip().splitlines()[-1]
    assert "4/4" in last
    assert "100%" in last
    assert "3 failed (LiminalError 2, APITimeoutError 1)" in last


def test_a_bar_is_on_the_screen_before_the_first_result(screen: Screen) -> None:
    with contextlib.redirect_stderr(screen):
        shelf = begun()
        assert "0/4" in screen.text()
        shelf.close()
        shelf.close()
    assert screen.getvalue().endswith("\x1b[?25h")  # the cursor is shown again
    assert "/s" not in screen.text()


def test_an_abandoned_bar_is_closed_when_the_program_ends(
    monkeypatch: pytest.MonkeyPatch, screen: Screen
) -> None:
    at_exit: list[Callable[[], None]] = []
    monkeypatch.setattr(atexit, "register", at_exit.append)
    with contextlib.redirect_stderr(screen):
        shelf = begun()
        for call in at_exit:
            call()
    assert screen.getvalue().endswith("\x1b[?25h")
    shelf.close()


def test_an_unknown_total_is_not_shown(screen: Screen) -> None:
    assert "1/?" in run(screen, None, total=None)


def test_printed_output_still_goes_to_its_stream(screen: Screen) -> None:
    output = Screen(is_terminal=False)
    with contextlib.redirect_stderr(screen), contextlib.redirect_stdout(output):
        shelf = begun()
        sys.stdout.write("a line\n")
        shelf.close()
    assert output.getvalue() == "a line\n"
    assert "a line" not in screen.getvalue()


def test_without_rich_a_terminal_shows_tqdm_s_bar(
    monkeypatch: pytest.MonkeyPatch, screen: Screen
) -> None:
    without(monkeypatch, "rich.progress", "rich.console")
    shown = run(screen, None, LiminalError("no"))
    assert "2/4" in shown
    assert "1 failed (LiminalError 1)" in shown


def test_without_rich_and_tqdm_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch, screen: Screen
) -> None:
    without(monkeypatch, "rich.progress", "rich.console", "tqdm.std")
    assert run(screen, None) == ""


@pytest.mark.parametrize("term", ["dumb", None])
def test_without_a_terminal_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch, screen: Screen, term: str | None
) -> None:
    if term is None:
        screen.is_terminal = False
    else:
        monkeypatch.setenv("TERM", term)
    assert run(screen, None) == ""


def test_a_program_without_a_console_has_no_bar() -> None:
    with contextlib.redirect_stderr(None):
        assert _bars.bar() is None


def test_a_notebook_shows_tqdm_s_bar(monkeypatch: pytest.MonkeyPatch, notebook: Screen) -> None:
    kinds: list[str] = []

    class Widget(tqdm.std.tqdm):  # type: ignore[type-arg]
        def close(self) -> None:
            kinds.append("widget")
            super().close()

    monkeypatch.setitem(sys.modules, "ipywidgets", ModuleType("ipywidgets"))
    monkeypatch.setattr(tqdm.notebook, "tqdm_notebook", Widget)
    assert "1/4" in run(notebook, None)
    assert kinds[0] == "widget"


def test_a_notebook_without_widgets_shows_a_text_bar(
    monkeypatch: pytest.MonkeyPatch, notebook: Screen
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert "1/4" in run(notebook, None)
