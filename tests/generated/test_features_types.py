"""What is generated, and a program that uses it, is typed strictly; the generator's own is not."""

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


def _with_growth(features: Package) -> Path:
    """Put the package of the contract that has grown beside the one with all features."""
    folder = features.folder.parent
    if not (folder / "grown_api").exists():
        make_ours(CONTRACT, folder / "grown_api")
    return folder


@pytest.fixture(scope="module")
def complaints(features: Package, stock: Package, mypy_cache: Path) -> str:
    """What mypy says of both packages, and of a program that uses ours."""
    folder = _with_growth(features)
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={mypy_cache}"]
    checked = subprocess.run(
        [*command, features.name, "grown_api", "program.py", stock.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.stderr == ""
    return checked.stdout


def test_the_package_and_what_uses_it_are_typed_strictly(
    features: Package, complaints: str
) -> None:
    ours = (f"{features.name}/", "grown_api/", "program.py")

    assert [line for line in complaints.splitlines() if line.startswith(ours)] == []


def test_stock_output_is_not_typed_strictly(stock: Package, complaints: str) -> None:
    assert f"{stock.name}/" in complaints


def test_the_package_is_typed_strictly_for_pyright_too(features: Package) -> None:
    folder = _with_growth(features)
    settings = {"include": [features.name, "grown_api"], "typeCheckingMode": "strict"}
    features.folder.with_name("pyrightconfig.json").write_text(json.dumps(settings))

    checked = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout
