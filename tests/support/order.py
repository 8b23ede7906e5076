"""The order of the files: those that take longest first, so that none is begun when all else ends.

Those that compute stand beside those that wait, which run at the same time on other workers.
"""

import pytest

FIRST = (
    "regeneration/test_guide.py",
    "testing/test_stranger.py",
    "faults/test_deadline.py",
    "privacy/test_canary.py",
    "project/test_documents.py",
    "generated/test_codegen.py",
    "generated/test_types.py",
    "faults/test_close.py",
    "environments/test_greenlets.py",
    "regeneration/test_sandbox_agrees.py",
    "integrations/proxy/test_passing_on.py",
    "regeneration/test_old_clients.py",
    "integrations/test_anthropic.py",
    "lifetimes/test_exit.py",
    "faults/test_table.py",
    "environments/test_frozen_clock.py",
    "lifetimes/test_leftovers.py",
    "project/test_soak.py",
    "_async/test_stream_left.py",
    "lifetimes/test_fork.py",
    "_async/test_stream_ends.py",
    "regeneration/test_report.py",
    "http/test_connection.py",
    "testing/test_answers.py",
    "project/test_service.py",
    "session/test_renewal.py",
    "auth/microsoft/test_errors.py",
    "privacy/test_frames.py",
    "faults/test_interrupted.py",
    "faults/test_transport.py",
    "earlier/test_programs.py",
    "session/test_machine.py",
    "bulk/test_killed.py",
    "testing/test_plugin.py",
    "project/test_examples.py",
    "faults/test_cancel.py",
)
_RANK = {f"tests/{file}": rank for rank, file in enumerate(FIRST)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _RANK.get(item.nodeid.partition("::")[0], len(_RANK)))
