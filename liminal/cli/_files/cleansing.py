"""One run over files, from the choice to the reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from liminal.errors import LiminalError

from .planning import Choice, Plan, Report
from .record import Record
from .running import Run

if TYPE_CHECKING:
    from liminal import SyncClient

JOURNAL: Final = ".liminal-bulk.sqlite"
_THREAD: Final = "liminal bulk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the texts are cleansed. Without a thread, a run makes one for all its texts."""

    model_instance_id: int
    thread_id: int | None = None
    concurrency: int = 16
    # None for a journal where the results go, which is removed when all is done.
    journal: Path | None = None
    resume: bool = False


class Cleansing:
    """A run. ``say`` is given a line for the person where there is something to tell."""

    def __init__(
        self, client: SyncClient, choice: Choice, options: Options, say: Callable[[str], object]
    ) -> None:
        self._client = client
        self._choice = choice
        self._options = options
        self._say = say
        self.journal = options.journal or _home(choice) / JOURNAL
        self._record = Record(self.journal)
        self.reports: list[Report] = []
        self.has_begun = False  # texts were sent

    @property
    def thread_id(self) -> int | None:
        """The thread that the placeholders belong to, once it is known."""
        return self._record.thread_id

    @property
    def can_go_on(self) -> bool:
        """Whether there is something to resume."""
        return self._record.exists

    @property
    def has_failed(self) -> bool:
        """Whether a file could not be cleansed."""
        return any(report.status == "failed" for report in self.reports)

    def run(self) -> None:
        """Cleanse all files. LiminalError where the run can't begin or go on."""
        described = self._described()
        goes_on = self._goes_on(described)
        plan = Plan(self._choice, self._record)
        self.reports += plan.reports
        if plan.files:
            if not goes_on or self.thread_id is None:
                self._record.begin(described, self._thread(plan))
            self._cleanse(Run(plan.files, self._record, self.reports.append))
        if self._options.journal is None and not self.has_failed:
            self._record.remove()

    def _goes_on(self, described: dict[str, object]) -> bool:
        """Whether this run goes on with an earlier one."""
        self._record.require_journal()
        if not self._options.resume:
            if self._record.exists:
                raise LiminalError(
                    f"{self.journal} is the journal of an earlier run: go on with it by --resume,"
                    " or delete it to begin anew"
                )
            return False
        if not self._record.resume(described):
            self._say("There is nothing to resume: the run begins.")
            return False
        texts = self._record.texts()
        self._say(f"The run goes on: {self._record.files:,} files and {texts:,} texts are done.")
        return True

    def _thread(self, plan: Plan) -> int | None:
        if self._options.thread_id is not None or not plan.texts:
            return self._options.thread_id
        return self._client.thread.create(self._options.model_instance_id, _THREAD).id

    def _cleanse(self, run: Run) -> None:
        if not run:
            list(run)  # files without a text are put in place as they are read
            return
        try:
            with self._client.bulk.cleanse(
                self._options.model_instance_id,
                run,
                thread_id=self.thread_id,
                concurrency=self._options.concurrency,
                journal=self.journal,
                on_progress="bar",
            ) as results:
                self.has_begun = True
                for result in results:
                    run.take(result)
        finally:
            run.close()

    def _described(self) -> dict[str, object]:
        """What makes it the same run: with another of these, results would differ."""
        choice, options = self._choice, self._options
        return {
            "model": options.model_instance_id,
            "thread": options.thread_id,
            "to": None if choice.to is None else str(choice.to.absolute()),
            "columns": choice.columns,
            "fields": choice.fields,
        }


def _home(choice: Choice) -> Path:
    """The folder of the journal: where the results go."""
    if choice.to is not None:
        return choice.to
    first = choice.sources[0]
    return first if first.is_dir() else first.parent
