"""How texts are sent, and results that the sandbox never returns."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from liminal.bulk import BulkResult
from liminal.bulk._pieces import LONGEST
from liminal.cli._files.planning import Choice, Plan, Report
from liminal.cli._files.record import Record
from liminal.cli._files.running import Run
from liminal_api.models import CleansedToken, CleanseResponse

from .conftest import Command


def answer(text: str, items: Sequence[tuple[int, int, str]]) -> BulkResult[CleanseResponse]:
    tokens = [CleansedToken(start=start, end=end, entity_type=name) for start, end, name in items]
    value = CleanseResponse(text=text, items=tokens, text_hashed=text, items_hashed=[])
    return BulkResult(index=0, key=0, value=value)


@pytest.mark.parametrize(
    ("text", "items", "reason"),
    [
        ("To PERSON_0.\r\n", [(3, 11, "PERSON_0")], None),
        ("To PERSON_0.\n", [(3, 11, "PERSON_0")], "has changed more of a text than it replaced"),
        ("To Ada.", [], "has changed more of a text than it replaced"),
        ("To PERSON_0.\r\n", [(2, 10, "PERSON_0")], "has changed more of a text"),
    ],
)
def test_a_text_with_other_changes_than_placeholders_is_not_written(
    tmp_path: Path, text: str, items: list[tuple[int, int, str]], reason: str | None
) -> None:
    (tmp_path / "a.txt").write_bytes(b"To Ada.\r\n")
    record = Record(tmp_path / "run.sqlite")
    plan = Plan(Choice(sources=[tmp_path / "a.txt"], to=tmp_path / "out"), record)
    reports: list[Report] = []
    run = Run(plan.files, record, reports.append)
    assert [text.upper() for text in run] == ["TO ADA.\r\n"]
    run.take(answer(text, items))
    run.close()
    assert [report.status for report in reports] == ["done" if reason is None else "failed"]
    assert (reason or "") in str(reports[0].reason)
    assert (tmp_path / "out" / "a.txt").exists() == (reason is None)


def test_the_pieces_of_a_long_text_share_placeholders(
    bulk: Command, sent: Callable[[], list[str]]
) -> None:
    paragraph = "Ada Lovelace met Alan Turing.\n\n"
    text = paragraph * (LONGEST // len(paragraph) * 2)
    Path("long.txt").write_text(text)
    Path("long.jsonl").write_text(json.dumps(text) + "\n")
    assert bulk("long.txt", "long.jsonl", "--to", "out") == 0
    expected = text.replace("Ada Lovelace", "PERSON_0").replace("Alan Turing", "PERSON_1")
    assert Path("out/long.txt").read_text() == expected
    assert json.loads(Path("out/long.jsonl").read_text()) == expected
    assert len(sent()) == 4
