"""Retries can be turned off, waited for, and counted."""

import time
from typing import Any

import pytest

from liminal.errors import APIConnectionError, APIStatusError
from liminal_api.api.prompt import analyze_prompt, submit_prompt
from liminal_api.models import AnalyzeRequest, SubmitRequest

from . import steps
from .operations import ONCE, OPERATIONS, PROMPT, REPEATABLE, STREAM
from .server import FaultServer, good
from .variants import Variant

ANALYZE = AnalyzeRequest(model_instance_id=1, text=PROMPT)
SUBMIT = SubmitRequest(model_instance_id=1, text=PROMPT)


def operation_of(sdk: Variant, client: Any, name: str) -> Any:
    """A step of the facade, or of the generated client by ``low-level analyze`` or ``… submit``."""
    if name in OPERATIONS:
        return OPERATIONS[name](client)
    module: Any = analyze_prompt if name.endswith("analyze") else submit_prompt
    function = module.sync if sdk.name == "blocking" else module.asyncio
    body = ANALYZE if module is analyze_prompt else SUBMIT
    return lambda: function(client=client.api, body=body)


@pytest.mark.parametrize("max_retries", [0, 4])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_retries_come_on_top_of_the_first_try(
    sdk: Variant, operation: str, max_retries: int
) -> None:
    with FaultServer(steps.BUSY) as server:
        client = sdk.client(server.url, max_retries=max_retries)
        with pytest.raises(APIStatusError) as caught:
            sdk.run(OPERATIONS[operation](client))
        assert caught.value.attempts == len(server.calls) == max_retries + 1


@pytest.mark.parametrize("operation", [*REPEATABLE, "low-level analyze"])
def test_a_repeatable_operation_is_sent_again_after_a_loss(sdk: Variant, operation: str) -> None:
    with FaultServer(steps.reset_before_headers, steps.status(500), good) as server:
        assert sdk.run(operation_of(sdk, sdk.client(server.url), operation))
        assert len(server.calls) == 3


@pytest.mark.parametrize("operation", [*ONCE, *STREAM, "low-level submit"])
def test_what_costs_money_is_not_sent_again_after_a_loss(sdk: Variant, operation: str) -> None:
    with FaultServer(steps.reset_before_headers, good) as server:
        client = sdk.client(server.url)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(operation_of(sdk, client, operation))
        assert caught.value.may_have_been_processed
        assert len(server.calls) == 1


def test_all_tries_of_a_call_send_the_same(sdk: Variant) -> None:
    with FaultServer(steps.BUSY, steps.BUSY, good) as server:
        sdk.run(OPERATIONS["cleanse_prompt"](sdk.client(server.url)))
        assert len({(request.body, request.session) for request in server.calls}) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(sdk: Variant, status: int) -> None:
    with FaultServer(steps.status(status, headers=[("Retry-After", "0.3")]), good) as server:
        begun = time.monotonic()
        sdk.run(OPERATIONS["submit_prompt"](sdk.client(server.url)))
        assert time.monotonic() - begun >= 0.3


def test_a_connection_that_dies_before_the_request_is_read_doubles_nothing(sdk: Variant) -> None:
    """Whether the request got out first is a race; what is said about it is true either way."""

    def at_accept(_: Any) -> None:
        if server.accepted == 2:
            raise ConnectionResetError

    with FaultServer(steps.closed_after_answer, at_accept=at_accept) as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        server.wait_for(connections=0)
        before = len(server.calls)
        lost = sdk.start(OPERATIONS["submit_prompt"](client)).exception()
        assert len(server.calls) - before == (0 if lost else 1)
        assert lost is None or lost.may_have_been_processed


def test_a_server_that_stays_broken_is_not_hammered(sdk: Variant) -> None:
    """500 tokens pay for 100 retries; then each call is tried once, which earns it nothing."""
    with FaultServer(steps.BUSY) as server:
        client = sdk.client(server.url, max_retries=20)
        attempts = []
        for _ in range(14):
            with pytest.raises(APIStatusError) as caught:
                sdk.run(OPERATIONS["analyze_prompt"](client))
            attempts.append(caught.value.attempts)
        assert attempts == [21] * 5 + [1] * 9


def test_a_copy_with_other_options_has_its_own_retries_and_shares_pool_and_session(
    sdk: Variant,
) -> None:
    with FaultServer(steps.BUSY) as server:
        client = sdk.client(server.url)
        copy = client.with_options(max_retries=0)
        for each, attempts in ((copy, 1), (client, 3)):
            with pytest.raises(APIStatusError) as caught:
                sdk.run(OPERATIONS["analyze_prompt"](each))
            assert caught.value.attempts == attempts
        assert len(server.logins) == server.accepted == 1
        assert copy.session_id == client.session_id
