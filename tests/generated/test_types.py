"""What is generated, and a program that uses it, pass mypy and pyright in their strict modes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.generated.making import Package, make_ours
from tests.support.growth import CONTRACT

PROGRAM = """
from features_api.api.document import delete_document, get_document, note_document
from features_api.api.event import watch_events
from features_api.api.figure import measure_figure
from features_api.client import Client
from features_api.models import Circle, Document, Square
import grown_api as grown
from grown_api import NOT_GIVEN
from grown_api.api.note import list_notes, watch_ticks
from grown_api.models import NoteUpdate


def grow(client: grown.Client, update: NoteUpdate) -> None:
    text: str | None = None if update.text is NOT_GIVEN else update.text
    ids: list[int] = [note.id for note in list_notes.iterate(client=client, max_items=3)]
    ticks: list[int | None] = list(watch_ticks.iterate(client=client))
    NoteUpdate(text=None, pinned=NOT_GIVEN)  # type: ignore[arg-type]
    print(text, ids, ticks)


def use(client: Client) -> None:
    found: Document | None = get_document.sync("a", client=client, limit=1, x_trace_id="t")
    answer: Document | None = get_document.sync_detailed(
        "a", client=client, limit=1, x_trace_id="t", tags=["b"]
    ).parsed
    figure: Circle | Square | dict[str, object] = measure_figure.sync(
        client=client, body=Circle(radius=1)
    )
    note_document.sync("a", client=client, body="text")
    what: str = watch_events.parse_chunk(b"{}").what
    print(found, answer, figure, what)


async def use_asyncio(client: Client) -> Document | None:
    return await get_document.asyncio("a", client=client, limit=1, x_trace_id="t")


def misuse(client: Client, document: Document) -> None:
    document.name = "b"  # type: ignore[misc]
    get_document.sync("a", client=client, limit="1", x_trace_id="t")  # type: ignore[arg-type]
    wrong: int = measure_figure.OPERATION.parse(200, b"")  # type: ignore[assignment]
    print(wrong, delete_document.OPERATION.deprecated)
"""
PACKAGES = ["features_api", "grown_api"]


@pytest.fixture(scope="module")
def packages(features: Package) -> Path:
    """A folder with both packages, and a program that uses them."""
    folder = features.folder.parent
    make_ours(CONTRACT, folder / "grown_api")
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    return folder


def said_by(checker: str, *arguments: str, folder: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", checker, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_packages_and_a_program_that_uses_them_pass_mypy(
    packages: Path, mypy_cache: Path
) -> None:
    options = ["--strict", f"--cache-dir={mypy_cache}"]
    code, said = said_by("mypy", *options, *PACKAGES, "program.py", folder=packages)
    assert code == 0, said


def test_the_packages_pass_pyright(packages: Path) -> None:
    settings = {"include": PACKAGES, "typeCheckingMode": "strict"}
    (packages / "pyrightconfig.json").write_text(json.dumps(settings))
    code, said = said_by("pyright", "--pythonpath", sys.executable, folder=packages)
    assert code == 0, said
