"""Reads each file before anything is sent, to find those that can't be read, and the total."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from liminal.bulk._pieces import pieces
from liminal.errors import LiminalError

from .finding import DELIMITED, JSON_LINES, PARQUET, Found, Skipped, find
from .formats.delimited import Delimited
from .formats.json_lines import Fields, JsonLines
from .formats.parquet import Parquet
from .formats.slots import FileProblemError, Format
from .formats.text import Text
from .placing import Identity, Place, identity_of, open_regular
from .record import Record

Status = Literal["done", "unchanged", "skipped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of a file. ``texts`` is the number of texts that were sent."""

    source: Path
    target: Path | None = None
    status: Status
    reason: str | None = None
    backup: Path | None = None
    texts: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """A file to cleanse."""

    source: Path
    place: Place
    format: Format
    identity: Identity
    texts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to cleanse: the files, and the columns or fields in them; None stands for all."""

    sources: Sequence[Path]
    to: Path | None  # None: in place
    columns: Sequence[str] | None = None
    fields: Sequence[str] | None = None


class Plan:
    """The files of a run: those to cleanse, and reports on the others."""

    def __init__(self, choice: Choice, record: Record) -> None:
        self.files: list[Planned] = []
        self.reports: list[Report] = []
        self._choice = choice
        self._record = record
        self._fields = Fields(choice.fields)
        self._targets: set[Path] = set()
        for found in find(choice.sources, choice.to):
            self._add(found)
        if self._fields.missing and not record.files:  # those of an earlier run are not read again
            names = ", ".join(self._fields.missing.values())
            raise LiminalError(f"no JSON Lines file that can be read has the field {names}")

    @property
    def texts(self) -> int:
        """The number of texts to send."""
        return sum(file.texts for file in self.files)

    def _add(self, found: Found | Skipped) -> None:
        if isinstance(found, Skipped):
            status: Status = "failed" if found.is_failure else "skipped"
            self.reports.append(Report(source=found.path, status=status, reason=found.reason))
            return
        try:
            self._add_file(found)
        except (FileProblemError, OSError) as error:
            reason = reason_of(error)
            self.reports.append(Report(source=found.path, status="failed", reason=reason))

    def _add_file(self, found: Found) -> None:
        place = self._place(found)
        with open_regular(found.path) as source:
            identity = identity_of(os.fstat(source.fileno()))
            if self._record.has(place.target, identity, in_place=place.in_place):
                why = "it was done by an earlier run"
                done = Report(source=found.path, target=place.target, status="done", reason=why)
                self.reports.append(done)
                return
            if not place.in_place:
                place.require_free()
            form = self._format(found.path)
            form.check(source)
            source.seek(0)
            texts = sum(len(pieces(slot.text)) for slot in form.slots(source))
        self.files.append(Planned(found.path, place, form, identity, texts))

    def _place(self, found: Found) -> Place:
        to = self._choice.to
        target = found.path if to is None else to / found.relative
        if target in self._targets:
            raise FileProblemError("another source has the same target")
        self._targets.add(target)
        return Place(target, in_place=to is None, mark=self._record.mark)

    def _format(self, path: Path) -> Format:
        suffix = path.suffix.lower()
        if suffix in DELIMITED:
            return Delimited(path.name, self._choice.columns)
        if suffix in JSON_LINES:
            return JsonLines(self._fields)
        return Parquet(self._choice.columns) if suffix in PARQUET else Text()


def reason_of(error: FileProblemError | OSError) -> str:
    """Return why a file failed, in a few words."""
    if isinstance(error, OSError):
        return error.strerror or "it can't be read or written"
    return str(error)
