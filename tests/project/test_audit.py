"""What the audit of the pinned packages makes of pip-audit's answers."""

import json

from scripts.audit import judge

CLEAN = {"name": "a", "version": "1", "vulns": []}
UNKNOWN = {"name": "b", "skip_reason": "not found"}
BAD = {"name": "c", "version": "2", "vulns": [{"id": "X-1"}, {"id": "X-2"}]}


def verdict(*packages: object) -> tuple[bool, str]:
    return judge(json.dumps({"dependencies": packages, "fixes": []}), "")


def test_a_finding_fails_and_is_named() -> None:
    assert verdict(CLEAN, UNKNOWN, BAD) == (False, "c 2: X-1, X-2")


def test_no_finding_passes_and_tells_what_was_not_known() -> None:
    assert verdict(CLEAN, UNKNOWN) == (True, "1 packages without finding, 1 not known there")


def test_a_service_that_knows_nothing_counts_as_not_checked() -> None:
    passed, line = verdict(UNKNOWN, UNKNOWN)
    assert passed
    assert line.startswith("not checked: ")


def test_an_unreachable_service_passes_and_says_so() -> None:
    trace = "Traceback\n…\nrequests.exceptions.ConnectionError: Max retries exceeded"
    assert judge("", trace) == (True, "not checked: service unreachable")


def test_any_other_failure_of_the_tool_fails() -> None:
    assert judge("", "usage\nerror: no such option")[0] is False
    assert judge("", "TypeError: ConnectionError")[0] is False
    assert judge("", "")[0] is False
