"""A text that must not show, and the watch for it."""

from __future__ import annotations

import contextlib
import logging
import sys
import warnings
from typing import TYPE_CHECKING, Any, Self, TextIO

from liminal.errors import LiminalError
from liminal.testing._arguments import as_path
from liminal.testing._canary.search import forms, of_error, of_folder, of_record

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path
    from types import TracebackType


class Canary:
    """Watches for texts that must not show: in log records, warnings, output, exceptions, files.

        with Canary("Ada Lovelace", folder=Path("out")) as canary:   # AssertionError if it shows
            run_the_program()
            canary.check(error)

    In pytest, the fixture ``liminal_canary`` does that. While it watches, the root logger's level
    is DEBUG, so that it sees what any configuration could log.

    - ``canary("text")`` adds a text and returns it. With ``files=False`` it may stand in files.
    - ``check(error)`` looks at an exception that the program has handled: its message, fields, and
      the local variables of its frames, but for those of the test itself (files named ``test_*``,
      ``*_test`` or ``conftest``). An exception that leaves the ``with`` block is looked at anyway.
    - ``folder`` is looked through at the end, when given.

    It finds a text also where it is escaped as JSON, ``repr`` or URLs do. A failure says where the
    text showed, but not what it is.
    """

    def __init__(self, *texts: str, folder: str | os.PathLike[str] | None = None) -> None:
        self._folder = None if folder is None else as_path("folder", folder)
        self._texts: dict[str, bool] = {}
        self._found: dict[str, None] = {}
        self._told: set[str] = set()
        self._watch = contextlib.ExitStack()
        for text in texts:
            self(text)

    def __call__(self, text: str, *, files: bool = True) -> str:
        """Watch for ``text``, too, and return it."""
        if not _is_found(text):
            raise LiminalError("A canary must be a str that can be found, so not an empty one.")
        self._texts[text] = files
        return text

    def __repr__(self) -> str:
        return f"<Canary, {len(self._texts)} texts>"

    def check(self, error: BaseException) -> None:
        """Look at an exception. AssertionError when a text shows in it."""
        if not _is_error(error):
            raise LiminalError(f"check() takes an exception, and not a {type(error).__name__}.")
        self._look(of_error(error))
        self._tell()

    def start(self) -> Self:
        """Begin to watch log records and warnings."""
        self._watch.enter_context(_logs(lambda record: self._look(of_record(record))))
        self._watch.enter_context(_warnings(lambda warning: self._look([("a warning", warning)])))
        return self

    def stop(self) -> None:
        """Watch no longer."""
        self._watch.close()

    def look_at(self, place: str, text: str) -> None:
        """Look for the texts in what showed at some place."""
        self._look([(place, text)])

    def look_at_error(self, error: BaseException) -> None:
        """Look for the texts in an exception, and raise nothing."""
        self._look(of_error(error))

    def look_at_folder(self, folder: Path) -> None:
        """Look for the texts in the files below a folder."""
        self._look(of_folder(folder), files=True)

    def findings(self) -> str:
        """Say where the texts have shown since this was last asked, or nothing."""
        new = [place for place in self._found if place not in self._told]
        self._told.update(new)
        return "A canary shows in " + "\n  and in ".join(new) if new else ""

    def _look(self, shown: Iterable[tuple[str, str]], *, files: bool = False) -> None:
        wanted = [forms(text) for text, in_files in self._texts.items() if in_files or not files]
        for place, text in shown:
            if any(form in text for each in wanted for form in each):
                self._found[self._named(place)] = None

    def _named(self, place: str) -> str:
        """A place without the texts, which may be in the names of files and loggers."""
        for form in sorted({form for text in self._texts for form in forms(text)}, key=len):
            place = place.replace(form, "<canary>")
        return place

    def _tell(self) -> None:
        findings = self.findings()
        if findings:
            raise AssertionError(findings)

    def __enter__(self) -> Self:
        for name in ("stdout", "stderr"):
            self._watch.enter_context(_output(name, self))
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        if error is not None:
            self.look_at_error(error)
        if self._folder is not None:
            self.look_at_folder(self._folder)
        self._tell()


def _is_found(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())


def _is_error(value: object) -> bool:
    return isinstance(value, BaseException)


@contextlib.contextmanager
def _logs(look: Callable[[logging.LogRecord], None]) -> Generator[None]:
    """Show each record that any logger lets through, whatever handlers it has or is given later."""
    kind: Any = logging.Logger  # Any, since type checkers refuse to replace a method
    root, before, watches = logging.getLogger(), kind.callHandlers, True
    level = root.level

    def show(logger: logging.Logger, record: logging.LogRecord) -> None:
        if watches:
            look(record)
        before(logger, record)

    kind.callHandlers = show
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        watches = False
        if kind.callHandlers is show:
            kind.callHandlers = before
        root.setLevel(level)


@contextlib.contextmanager
def _warnings(look: Callable[[str], None]) -> Generator[None]:
    """Show each warning that is issued, and pass it on."""
    before = warnings.showwarning

    def show(message: Warning | str, *rest: Any, **named: Any) -> None:
        look(f"{message!s} {message!r}")
        before(message, *rest, **named)

    warnings.showwarning = show
    try:
        yield
    finally:
        if warnings.showwarning is show:
            warnings.showwarning = before


class _Tee:
    """A stream that shows what is written to it. Everything else is delegated to the stream."""

    def __init__(self, stream: TextIO, look: Callable[[str], None]) -> None:
        self._stream = stream
        self._look = look

    def write(self, text: str) -> int:
        """Write, and show what is written."""
        self._look(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def _output(name: str, canary: Canary) -> Generator[None]:
    """Show what Python code writes to ``sys.stdout`` or ``sys.stderr``."""
    before: TextIO = getattr(sys, name)
    written: list[str] = []
    setattr(sys, name, _Tee(before, written.append))
    try:
        yield
    finally:
        setattr(sys, name, before)
        canary.look_at(name, "".join(written))
