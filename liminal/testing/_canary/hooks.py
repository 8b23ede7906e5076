"""Runs a canary in pytest: searches the reports, and fails the test if a text appears."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from liminal.testing._canary.canary import Canary

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_CANARY = pytest.StashKey[Canary]()
_NAME = "liminal-canary"


@contextmanager
def watch(request: pytest.FixtureRequest) -> Generator[Canary]:
    """Yield a canary for the requesting test. The first one of a run registers the hooks."""
    plugins = request.config.pluginmanager
    if not plugins.has_plugin(_NAME):
        plugins.register(_Hooks(), _NAME)
    canary = request.node.stash[_CANARY] = Canary().start()
    try:
        yield canary
    finally:
        canary.stop()


class _Hooks:
    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fail a passed test, or add to the report of a failed one."""
        report = yield
        canary = item.stash.get(_CANARY, None)
        if canary is None:
            return report
        if report.skipped:  # and with it whatever it did before
            del item.stash[_CANARY]
            return report
        _look(canary, item, call, report)
        findings = canary.findings()
        if findings and report.passed:
            report.outcome = "failed"
            report.longrepr = findings
        elif findings:
            report.sections.append(("liminal_canary", findings))
        return report


def _look(
    canary: Canary, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> None:
    for title, shown in report.sections:
        canary.look_at(title, shown)
    if call.excinfo is not None:
        canary.look_at_error(call.excinfo.value)
    folder: Path | None = getattr(item, "funcargs", {}).get("tmp_path")
    if folder is not None and folder.exists():
        canary.look_at_folder(folder)
