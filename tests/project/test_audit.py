"""What the audit of the pinned packages makes of pip-audit's answers."""

import json

import pytest

from scripts.audit import judge

CLEAN = {"name": "a", "version": "1", "vulns": []}
UNKNOWN = {"name": "b", "skip_reason": "not found"}
BAD = {"name": "c", "version": "2", "vulns": [{"id": "X-1"}, {"id": "X-2"}]}


@pytest.mark.parametrize(
    ("packages", "passes", "line"),
    [
        ([CLEAN, UNKNOWN, BAD], False, "c 2: X-1, X-2"),
        ([CLEAN, UNKNOWN], True, "1 packages without finding, 1 not known there"),
        ([UNKNOWN, UNKNOWN], True, "not checked: "),
    ],
    ids=["a finding", "nothing found", "nothing known"],
)
def test_an_answer_is_judged(packages: list[object], passes: bool, line: str) -> None:
    passed, said = judge(json.dumps({"dependencies": packages, "fixes": []}), "")
    assert passed is passes
    assert said == line or (line.endswith(": ") and said.startswith(line))


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        ("Traceback\n…\nrequests.exceptions.ConnectionError: Max retries exceeded", True),
        ("usage\nerror: no such option", False),
        ("TypeError: ConnectionError", False),
        ("", False),
    ],
)
def test_an_unreachable_service_passes_and_any_other_failure_fails(said: str, passes: bool) -> None:
    judged = judge("", said)
    assert judged[0] is passes
    assert not passes or judged[1] == "not checked: service unreachable"
