"""The order of the files: those that take longest first, so that none is begun when all else ends.

Those that compute stand beside those that wait, which run at the same time on other workers.
"""

import pytest

FIRST = (
    "regeneration/test_guide.py",
    "project/test_examples.py",
    "faults/test_deadline.py",
    "generated/test_codegen.py",
    "privacy/test_canary.py",
    "testing/test_stranger.py",
    "faults/test_table.py",
    "generated/test_features_types.py",
    "environments/test_frozen_clock.py",
    "project/test_soak.py",
    "_async/test_stream_moments.py",
    "lifetimes/test_exit.py",
    "environments/test_greenlets.py",
    "regeneration/test_sandbox_agrees.py",
    "integrations/proxy/test_guard.py",
    "generated/test_rules.py",
    "auth/test_device_code_errors.py",
    "project/test_option_types.py",
    "lifetimes/test_fork.py",
    "faults/test_user_client.py",
    "session/test_machine.py",
    "faults/test_interrupted.py",
    "project/test_package.py",
    "bulk/test_killed.py",
)
_RANK = {f"tests/{file}": rank for rank, file in enumerate(FIRST)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _RANK.get(item.nodeid.partition("::")[0], len(_RANK)))
