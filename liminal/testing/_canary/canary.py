"""Watches for texts that must not appear in logs, warnings, output, exceptions and files."""

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
    """Watches for texts that must not appear in log records, warnings, output, exceptions, files.

        with Canary("Ada Lovelace", folder=Path("out")) as canary:   # AssertionError if it appears
            run_the_program()
            canary.check(error)

    In pytest, use the fixture ``liminal_canary``. While a canary watches, the root logger's level
    is DEBUG, so that it sees what any configuration could log.

    - ``canary("text")`` adds a text and returns it. With ``files=False``, files may contain it.
    - ``check(error)`` searches an exception that the program has handled: its message, its fields,
      and the local variables of its frames, except those of the test itself (files named
      ``test_*``, ``*_test`` or ``conftest``). An exception that leaves the ``with`` block is
      always searched.
    - ``folder`` is searched at the end, if given.

    It also finds a text that is escaped as in JSON, ``repr`` or a URL. A failure says where the
    text appeared, but doesn't quote it.
    """

    def __init__(self, *texts: str, folder: str | os.PathLike[str] | None = None) -> None:
        self._folder = None if folder is None else as_path("folder", folder)
        self._texts: dict[str, bool] = {}
        self._found: dict[str, None] = {}
        self._reported: set[str] = set()
        self._watch = contextlib.ExitStack()
        for text in texts:
            self(text)

    def __call__(self, text: str, *, files: bool = True) -> str:
        """Also watch for ``text``, and return it."""
        if not _is_searchable(text):
            raise LiminalError("A canary must be a str that is not blank.")
        self._texts[text] = files
        return text

    def __repr__(self) -> str:
        return f"<Canary, {len(self._texts)} texts>"

    def check(self, error: BaseException) -> None:
        """Search an exception. AssertionError if it contains a text."""
        if not _is_error(error):
            raise LiminalError(
                f"check() takes an exception, not a value of type {type(error).__name__}."
            )
        self._look(of_error(error))
        self._raise_findings()

    def start(self) -> Self:
        """Start to watch log records and warnings."""
        self._watch.enter_context(_logs(lambda record: self._look(of_record(record))))
        self._watch.enter_context(_warnings(lambda warning: self._look([("a warning", warning)])))
        return self

    def stop(self) -> None:
        """Stop watching."""
        self._watch.close()

    def look_at(self, place: str, text: str) -> None:
        """Search what appeared at some place."""
        self._look([(place, text)])

    def look_at_error(self, error: BaseException) -> None:
        """Search an exception without raising."""
        self._look(of_error(error))

    def look_at_folder(self, folder: Path) -> None:
        """Search the files below a folder."""
        self._look(of_folder(folder), files=True)

    def findings(self) -> str:
        """Return where texts have appeared since the last call; empty if nowhere."""
        new = [place for place in self._found if place not in self._reported]
        self._reported.update(new)
        return "A canary shows in " + "\n  and in ".join(new) if new else ""

    def _look(self, shown: Iterable[tuple[str, str]], *, files: bool = False) -> None:
        wanted = [forms(text) for text, in_files in self._texts.items() if in_files or not files]
        for place, text in shown:
            if any(form in text for each in wanted for form in each):
                self._found[self._named(place)] = None

    def _named(self, place: str) -> str:
        """Return a place without the texts, which names of files and loggers may contain."""
        for form in sorted({form for text in self._texts for form in forms(text)}, key=len):
            place = place.replace(form, "<canary>")
        return place

    def _raise_findings(self) -> None:
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
        self._raise_findings()


def _is_searchable(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())


def _is_error(value: object) -> bool:
    return isinstance(value, BaseException)


@contextlib.contextmanager
def _logs(look: Callable[[logging.LogRecord], None]) -> Generator[None]:
    """Pass on each record that a logger accepts, whatever handlers it has or gets later."""
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
    """Pass on each warning that is issued, also to the earlier hook."""
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
    """A stream that reports what is written to it. Everything is delegated to the real stream."""

    def __init__(self, stream: TextIO, look: Callable[[str], None]) -> None:
        self._stream = stream
        self._look = look

    def write(self, text: str) -> int:
        """Write, and report what is written."""
        self._look(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def _output(name: str, canary: Canary) -> Generator[None]:
    """Report what Python code writes to ``sys.stdout`` or ``sys.stderr``."""
    before: TextIO = getattr(sys, name)
    written: list[str] = []
    setattr(sys, name, _Tee(before, written.append))
    try:
        yield
    finally:
        setattr(sys, name, before)
        canary.look_at(name, "".join(written))
