"""``liminal bulk``: cleanse files and folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liminal.cli import _console
from liminal.cli._exits import SOME_FAILED, USAGE, complain, status_of
from liminal.cli._options import Json, Model, Thread, folder, model_instance_id, path
from liminal.cli._signin import connect
from liminal.errors import LiminalError

if TYPE_CHECKING:
    from liminal.cli._files.cleansing import Cleansing
    from liminal.cli._files.planning import Report, Status


def bulk(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="SOURCE...", help="One or more files and folders.", parser=path),
    ],
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Write the results here.", parser=folder, show_default=False
        ),
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Replace the files, and keep each as FILE.bak.")
    ] = False,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help="Columns of CSV and Parquet; all by default.", show_default=False
        ),
    ] = None,
    fields: Annotated[
        str | None,
        typer.Option(
            metavar="A.B,C[].D", help="Fields of JSON Lines; all by default.", show_default=False
        ),
    ] = None,
    model: Model = None,
    thread: Thread = None,
    concurrency: Annotated[
        int, typer.Option(metavar="NUMBER", min=1, help="The most calls at once.")
    ] = 16,
    journal: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the journal here, and keep it when all is done.",
            parser=path,
            show_default=False,
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a stopped run.")] = False,
    json: Json = False,
) -> int:
    """Cleanse files: text, Markdown, CSV, JSON Lines and Parquet.

    Nothing is overwritten without --in-place. A file is written once all its texts have been
    cleansed. --resume continues a run that was stopped.
    """
    if (to is None) != in_place:
        raise typer.BadParameter("Give either --to FOLDER or --in-place.")
    if to is not None and os.path.realpath(to) in map(os.path.realpath, sources):
        raise typer.BadParameter("The folder of --to is a source as well: name another one.")
    from liminal.cli._files.cleansing import Cleansing, Options  # noqa: PLC0415 - --help needs none
    from liminal.cli._files.planning import Choice  # noqa: PLC0415 - as above

    choice = Choice(
        sources=sources,
        to=to,
        columns=_names("--columns", columns),
        fields=_names("--fields", fields),
    )
    with connect() as client:
        options = Options(
            model_instance_id=model_instance_id(client, model),
            thread_id=thread,
            concurrency=concurrency,
            journal=journal,
            resume=resume,
        )
        if to is not None:
            to.mkdir(parents=True, exist_ok=True)
        cleansing = Cleansing(client, choice, options, _console.note)
        try:
            cleansing.run()
        except BaseException as error:
            _list_failures(cleansing.reports)
            if cleansing.has_begun:
                _console.note("The run has stopped. Continue it with --resume.")
            if not (cleansing.has_begun and _is_of_this_machine(error)):
                raise
            complain(str(error))
            return SOME_FAILED
    _conclude(cleansing, as_json=json)
    return SOME_FAILED if cleansing.has_failed else 0


def _is_of_this_machine(error: BaseException) -> bool:
    """Whether the disk has failed, rather than the service or the sign-in."""
    return isinstance(error, LiminalError) and status_of(error) == USAGE


def _names(option: str, given: str | None) -> list[str] | None:
    """Split an option at its commas; None if it was not given."""
    if given is None:
        return None
    names = [name for one in given.split(",") if (name := one.strip())]
    if not names:  # not the same as without the option, which cleanses everything
        raise typer.BadParameter(f"{option} names nothing.")
    return names


def _list_failures(reports: Sequence[Report]) -> None:
    """List the files that were not cleansed, and why."""
    for report in reports:
        if report.status in {"failed", "skipped"}:
            _console.note(f"{report.source}: {report.status}: {report.reason}")


def _conclude(cleansing: Cleansing, *, as_json: bool) -> None:
    if as_json:
        _console.emit_json(
            {
                "thread": cleansing.thread_id,
                "journal": str(cleansing.journal) if cleansing.journal.exists() else None,
                "files": [_as_json(report) for report in cleansing.reports],
            }
        )
    _list_failures(cleansing.reports)
    counts = Counter(report.status for report in cleansing.reports)
    texts = sum(report.texts for report in cleansing.reports)
    order: tuple[Status, ...] = ("done", "unchanged", "failed", "skipped")
    summary = ", ".join(f"{counts[one]:,} {one}" for one in order if counts[one]) or "none"
    thread = "" if cleansing.thread_id is None else f", thread {cleansing.thread_id}"
    _console.note(f"Files: {summary}. Texts: {texts:,}{thread}.")
    if cleansing.has_failed and cleansing.can_resume:
        _console.note("To retry only what has failed, run the command again with --resume.")


def _as_json(report: Report) -> dict[str, object]:
    return {
        "source": str(report.source),
        "target": None if report.target is None else str(report.target),
        "status": report.status,
        "reason": report.reason,
        "backup": None if report.backup is None else str(report.backup),
        "texts": report.texts,
        "failed_texts": report.failed,
    }
