"""The table of faults holds: for each kind of call, in every variant."""

import pytest

from liminal.errors import ResponseValidationError

from . import steps
from .operations import OPERATIONS
from .server import FaultServer
from .table import FAULTS, Fault
from .trial import run
from .variants import Variant


@pytest.fixture(params=FAULTS, ids=str)
def fault(request: pytest.FixtureRequest) -> Fault:
    found: Fault = request.param
    return found


def problem_with(sdk: Variant, fault: Fault, kind: str) -> str:
    _, problem = run(sdk, fault, kind)
    return problem


def test_a_repeatable_call_that_meets_it_once(sdk: Variant, fault: Fault) -> None:
    assert not problem_with(sdk, fault, "once")


def test_a_repeatable_call_that_meets_it_always(sdk: Variant, fault: Fault) -> None:
    assert not problem_with(sdk, fault, "always")


def test_a_submit_is_never_sent_twice(sdk: Variant, fault: Fault) -> None:
    assert not problem_with(sdk, fault, "submit")


def test_a_stream_is_never_sent_twice_and_never_lies(sdk: Variant, fault: Fault) -> None:
    assert not problem_with(sdk, fault, "stream")


def test_a_login_is_repeated(sdk: Variant, fault: Fault) -> None:
    assert not problem_with(sdk, fault, "login")


def test_a_bomb_is_noticed_at_64_mib_unless_told_otherwise(sdk: Variant) -> None:
    with FaultServer(steps.single_gzip_bomb(65)) as server:
        client = sdk.client(server.url)
        with pytest.raises(ResponseValidationError, match="larger than 67108864 bytes"):
            sdk.run(OPERATIONS["analyze_prompt"](client))
