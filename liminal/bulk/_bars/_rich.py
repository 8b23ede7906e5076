"""A bar in the terminal, drawn by rich."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ._failures import failures_text


class _Rate(ProgressColumn):
    """Items a second, measured over the last half minute."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f}/s", style="progress.data.speed")


class RichBar:
    """One line: bar, numbers, rate, time left, failures by kind."""

    def __init__(self) -> None:
        self._progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failures]}", style="red", markup=False),
            console=Console(stderr=True),
            # What a program prints meanwhile appears above the bar. rich would write it to stderr,
            # so leave stdout alone where the two don't meet.
            redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
        )
        self._task = self._progress.add_task("", total=None, failures="")

    def show(self, done: int, failures: Mapping[str, int], total: int | None) -> None:
        """Draw the numbers with the next refresh, ten times a second."""
        self._progress.update(
            self._task, completed=done, total=total, failures=failures_text(failures)
        )
        self._progress.start()  # with the first numbers; later it does nothing

    def close(self) -> None:
        """Draw for the last time, and show the cursor again."""
        self._progress.stop()
