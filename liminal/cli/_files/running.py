"""Gives the texts of all files to a bulk run, and writes each file from the results."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from liminal._streams.pairs import fits
from liminal.bulk._pieces import pieces
from liminal.cli._exits import message_of
from liminal.errors import LiminalError

from .formats.slots import FileProblemError, Rewriting, Slot
from .placing import digest_of, open_regular
from .planning import Planned, Report, reason_of
from .record import Record

if TYPE_CHECKING:
    from liminal.bulk import BulkResult
    from liminal_api.models import CleanseResponse

T = TypeVar("T")

_MISMATCH: Final = "the service has changed more of a text than it replaced by placeholders"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class _Expected:
    """A slot whose ``count`` pieces were sent; without a slot, the end of a file."""

    file: _File
    slot: Slot | None
    count: int = 0


class Run:
    """The input of a bulk run, and the consumer of its results, which must come in order.

    Reads and writes one file at a time, however many calls are running.
    """

    def __init__(
        self, files: Sequence[Planned], record: Record, on_report: Callable[[Report], object]
    ) -> None:
        self._files = files
        self._record = record
        self._on_report = on_report
        self._expected: deque[_Expected] = deque()
        self._pieces: list[BulkResult[CleanseResponse]] = []
        self._writing: _File | None = None

    def __len__(self) -> int:
        return sum(file.texts for file in self._files)

    def __iter__(self) -> Iterator[str]:
        for planned in self._files:
            file = _File(planned, self._record)
            try:
                with open_regular(planned.source, planned.identity) as source:
                    for slot in planned.format.slots(source):
                        texts = pieces(slot.text)
                        self._expected.append(_Expected(file, slot, len(texts)))
                        yield from texts
            except (FileProblemError, OSError) as error:
                file.fail(reason_of(error))
            self._expected.append(_Expected(file, None))
            self._end_files()

    def take(self, result: BulkResult[CleanseResponse]) -> None:
        """Write the next result. LiminalError if the disk is full."""
        self._pieces.append(result)
        head = self._expected[0]
        if head.slot is not None and len(self._pieces) == head.count:
            self._expected.popleft()
            self._writing = head.file
            head.file.put(head.slot, self._pieces)
            self._pieces = []
            self._end_files()

    def close(self) -> None:
        """Remove the unfinished part file."""
        if self._writing is not None:
            self._writing.drop()

    def _end_files(self) -> None:
        while self._expected and self._expected[0].slot is None:
            self._writing = file = self._expected.popleft().file
            self._on_report(file.finish())


class _File:
    """A file that is being written. It is opened with its first result, so that few are open."""

    def __init__(self, planned: Planned, record: Record) -> None:
        self._planned = planned
        self._record = record
        self._problem: str | None = None
        self._texts = 0
        self._failed = 0
        self._has_changed = False
        self._source: BinaryIO | None = None
        self._part: BinaryIO | None = None
        self._rewriting: Rewriting | None = None

    def fail(self, reason: str) -> None:
        """Record why the file can't be cleansed, so that nothing is put in place."""
        self._problem = self._problem or reason

    def put(self, slot: Slot, results: Sequence[BulkResult[CleanseResponse]]) -> None:
        """Write the text of a slot, unless the file has failed."""
        self._texts += len(results)
        errors = [result.error for result in results if result.error is not None]
        self._failed += len(errors)
        if errors:
            self.fail(message_of(errors[0]))
        if self._problem is None:
            self._attempt(lambda: self._put(slot, [result.unwrap() for result in results]))
        else:
            self.drop()

    def _put(self, slot: Slot, answers: Sequence[CleanseResponse]) -> None:
        for prompt, answer in zip(pieces(slot.text), answers, strict=True):
            if not fits(prompt, answer.text, answer.items):
                raise FileProblemError(_MISMATCH)
        text = "".join(answer.text for answer in answers)
        self._has_changed |= text != slot.text
        self._begun().put(slot, text)

    def finish(self) -> Report:
        """Put the result in place, and report the outcome."""
        planned, report = self._planned, None
        if self._problem is None:
            report = self._attempt(self._publish)
        self.drop()
        if report is not None:
            return report
        problem = self._problem
        if self._failed:
            problem = f"{self._failed} of {self._texts} texts failed, the first with: {problem}"
        return Report(
            source=planned.source,
            status="failed",
            reason=problem,
            texts=self._texts,
            failed=self._failed,
        )

    def drop(self) -> None:
        """Close what is open, and remove the part file."""
        if self._rewriting is not None:
            self._rewriting.abandon()
            self._rewriting = None
        for file in (self._source, self._part):
            if file is not None:
                _close(file)
        if self._part is not None:
            self._planned.place.drop()
        self._source = self._part = None

    def _begun(self) -> Rewriting:
        if self._rewriting is None:
            self._source = open_regular(self._planned.source, self._planned.identity)
            self._part = self._planned.place.begin()
            self._rewriting = self._planned.format.rewriting(self._source, self._part)
        return self._rewriting

    def _publish(self) -> Report:
        planned, place = self._planned, self._planned.place
        if place.in_place and not self._has_changed:
            return Report(source=planned.source, status="unchanged", texts=self._texts)
        self._begun().finish()
        assert self._part is not None  # noqa: S101 - ``_begun`` has opened it
        self._part.flush()
        self._record.add(place.target, digest_of(place.part) or "", planned.identity)
        backup = place.publish(self._part, planned.source, planned.identity)
        return Report(
            source=planned.source,
            target=place.target,
            status="done",
            backup=backup,
            texts=self._texts,
        )

    def _attempt(self, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except (FileProblemError, OSError) as error:
            problem = error
        self.fail(reason_of(problem))
        self.drop()
        if isinstance(problem, OSError) and problem.errno in _FULL:  # all other files fail, too
            raise LiminalError(f"{self._planned.place.target} can't be written: the disk is full")
        return None


def _close(file: BinaryIO) -> None:
    with suppress(OSError):  # the disk may be too full for the buffered rest
        file.close()
