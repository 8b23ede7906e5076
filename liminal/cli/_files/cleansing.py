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
    """How to cleanse the texts. Without a thread, a run creates one for all its texts."""

    model_instance_id: int
    thread_id: int | None = None
    concurrency: int = 16
    # None: a journal beside the results, which is removed when all files are done.
    journal: Path | None = None
    resume: bool = False


class Cleansing:
    """A run. ``notify`` is called with each message for the user."""

    def __init__(
        self, client: SyncClient, choice: Choice, options: Options, notify: Callable[[str], object]
    ) -> None:
        self._client = client
        self._choice = choice
        self._options = options
        self._notify = notify
        self.journal = options.journal or _journal_folder(choice) / JOURNAL
        self._record = Record(self.journal)
        self.reports: list[Report] = []
        self.has_begun = False  # texts were sent

    @property
    def thread_id(self) -> int | None:
        """The thread of the placeholders, once it is known."""
        return self._record.thread_id

    @property
    def can_resume(self) -> bool:
        """Whether the run can be resumed."""
        return self._record.exists

    @property
    def has_failed(self) -> bool:
        """Whether a file could not be cleansed."""
        return any(report.status == "failed" for report in self.reports)

    def run(self) -> None:
        """Cleanse all files. LiminalError if the run can't start or continue."""
        described = self._described()
        resumes = self._resumes(described)
        plan = Plan(self._choice, self._record)
        self.reports += plan.reports
        if plan.files:
            if not resumes or self.thread_id is None:
                self._record.begin(described, self._thread(plan))
            self._cleanse(Run(plan.files, self._record, self.reports.append))
        if self._options.journal is None and not self.has_failed:
            self._record.remove()

    def _resumes(self, described: dict[str, object]) -> bool:
        """Whether this run resumes an earlier one."""
        self._record.require_journal()
        if not self._options.resume:
            if self._record.exists:
                raise LiminalError(
                    f"{self.journal} is the journal of an earlier run: continue that with"
                    " --resume, or delete the journal to start over"
                )
            return False
        if not self._record.resume(described):
            self._notify("There is nothing to resume: starting a new run.")
            return False
        texts = self._record.texts()
        self._notify(f"Resuming. Files done: {self._record.files:,}. Texts done: {texts:,}.")
        return True

    def _thread(self, plan: Plan) -> int | None:
        if self._options.thread_id is not None or not plan.texts:
            return self._options.thread_id
        return self._client.thread.create(self._options.model_instance_id, _THREAD).id

    def _cleanse(self, run: Run) -> None:
        if not run:
            list(run)  # reading a file without texts also puts it in place
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
        """Return the options that a resumed run must share, since the results depend on them."""
        choice, options = self._choice, self._options
        return {
            "model": options.model_instance_id,
            "thread": options.thread_id,
            "to": None if choice.to is None else str(choice.to.absolute()),
            "columns": choice.columns,
            "fields": choice.fields,
        }


def _journal_folder(choice: Choice) -> Path:
    """Return the folder of the results, for the journal."""
    if choice.to is not None:
        return choice.to
    first = choice.sources[0]
    return first if first.is_dir() else first.parent
