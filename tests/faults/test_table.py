"""The table of faults holds: for each kind of call, in every variant."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from liminal.errors import LiminalError, RequestError

from .operations import OPERATIONS
from .server import FaultServer, Step, good, log_in
from .table import FAULTS, Fault, Gives
from .variants import Variant


@pytest.fixture(params=FAULTS, ids=str)
def fault(request: pytest.FixtureRequest) -> Fault:
    found: Fault = request.param
    return found


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port where nobody listens, and nobody will."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        yield unheard.getsockname()[1]


def attempt(sdk: Variant, url: str, operation: str, fault: Fault) -> LiminalError | None:
    """Make a call; its error, which is to be one of ours, or None for an answer."""
    client = sdk.client(url, **fault.options)
    try:
        sdk.run(OPERATIONS[operation](client))
    except LiminalError as error:
        return error
    return None


def check(error: LiminalError | None, gives: Gives, requests: int) -> None:
    assert type(error) is (gives.error or type(None)), error
    if isinstance(error, RequestError):
        assert error.attempts == gives.tries
        assert error.operation
    for name, value in gives.has.items():
        assert getattr(error, name) == value
    assert requests == gives.requests


def run(
    sdk: Variant, operation: str, fault: Fault, gives: Gives, port: int, *plan: Step, **more: Any
) -> None:
    if fault.step is None:
        check(attempt(sdk, f"http://127.0.0.1:{port}", operation, fault), gives, 0)
        return
    with FaultServer(*plan, **more) as server:
        error = attempt(sdk, server.url, operation, fault)
        check(error, gives, len(server.logins if more else server.calls))


def test_a_repeatable_call_that_meets_it_once(sdk: Variant, fault: Fault, closed_port: int) -> None:
    run(sdk, "analyze_prompt", fault, fault.once, closed_port, fault.step or good, good)


def test_a_repeatable_call_that_meets_it_always(
    sdk: Variant, fault: Fault, closed_port: int
) -> None:
    run(sdk, "analyze_prompt", fault, fault.always, closed_port, fault.step or good)


def test_a_submit_is_never_sent_twice(sdk: Variant, fault: Fault, closed_port: int) -> None:
    run(sdk, "submit_prompt", fault, fault.submit, closed_port, fault.step or good, good)


def test_a_stream_is_never_sent_twice_and_never_lies(
    sdk: Variant, fault: Fault, closed_port: int
) -> None:
    run(sdk, "stream", fault, fault.stream, closed_port, fault.step or good, good)


def test_a_login_is_repeated(sdk: Variant, fault: Fault, closed_port: int) -> None:
    logins = (fault.step or good, log_in)
    run(sdk, "list_threads", fault, fault.login, closed_port, good, logins=logins)
