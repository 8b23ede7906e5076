"""The table of faults holds: for each kind of call, in every variant."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from .table import FAULTS
from .trial import KINDS, run


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_each_kind_of_call_gives_what_the_table_says(sdk, fault):
    """All kinds at the same time, since some of them wait for a timeout."""
    with ThreadPoolExecutor(len(KINDS)) as threads:
        outcomes = threads.map(lambda kind: run(sdk, fault, kind), KINDS)
        problems = {kind: problem for kind, (_, problem) in zip(KINDS, outcomes, strict=True)}

    assert problems == dict.fromkeys(KINDS, "")
