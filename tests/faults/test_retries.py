"""Retries can be turned off, waited for, and counted."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from liminal.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthError,
    LiminalError,
)
from liminal_api.api.prompt import analyze_prompt, submit_prompt
from liminal_api.models import AnalyzeRequest, SubmitRequest

from . import steps
from .operations import ONCE, OPERATIONS, PROMPT, REPEATABLE, STREAM
from .server import Exchange, FaultServer, good, log_in
from .variants import Variant


@pytest.mark.parametrize("operation", OPERATIONS)
def test_without_retries_there_is_one_try(sdk: Variant, operation: str) -> None:
    with FaultServer(steps.BUSY) as server:
        client = sdk.client(server.url, max_retries=0)
        with pytest.raises(APIStatusError) as caught:
            sdk.run(OPERATIONS[operation](client))
        assert caught.value.attempts == len(server.calls) == 1


@pytest.mark.parametrize("operation", OPERATIONS)
def test_retries_come_on_top_of_the_first_try(sdk: Variant, operation: str) -> None:
    with FaultServer(steps.BUSY) as server:
        client = sdk.client(server.url, max_retries=4)
        with pytest.raises(APIStatusError) as caught:
            sdk.run(OPERATIONS[operation](client))
        assert caught.value.attempts == len(server.calls) == 5


@pytest.mark.parametrize("operation", REPEATABLE)
def test_a_repeatable_operation_is_sent_again_after_a_loss(sdk: Variant, operation: str) -> None:
    with FaultServer(steps.reset_after_headers, good) as server:
        sdk.run(OPERATIONS[operation](sdk.client(server.url)))
        assert len(server.calls) == 2


@pytest.mark.parametrize("operation", ONCE | STREAM)
def test_what_costs_money_is_not_sent_again_after_a_loss(sdk: Variant, operation: str) -> None:
    with FaultServer(steps.reset_before_headers, good) as server:
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(OPERATIONS[operation](sdk.client(server.url)))
        assert caught.value.may_have_been_processed
        assert len(server.calls) == 1


def test_all_tries_of_a_call_send_the_same(sdk: Variant) -> None:
    with FaultServer(steps.BUSY, steps.BUSY, good) as server:
        sdk.run(OPERATIONS["cleanse_prompt"](sdk.client(server.url)))
        assert len({request.body for request in server.calls}) == 1
        assert len({request.session for request in server.calls}) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(sdk: Variant, status: int) -> None:
    with FaultServer(steps.status(status, headers=[("Retry-After", "1")]), good) as server:
        begun = time.monotonic()
        sdk.run(OPERATIONS["submit_prompt"](sdk.client(server.url)))
        assert time.monotonic() - begun >= 1


def test_a_loss_before_the_last_try_is_not_forgotten(sdk: Variant) -> None:
    """The first try may have been processed, though the last was not even sent."""

    def reset_and_stop(exchange: Exchange) -> None:
        exchange.server.refuse()
        exchange.reset()

    with FaultServer(reset_and_stop) as server:
        with pytest.raises(APIConnectionError, match="could not connect") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](sdk.client(server.url)))
        assert caught.value.may_have_been_processed
        assert caught.value.attempts == 3


def test_a_connection_that_dies_before_the_request_is_read_doubles_nothing(sdk: Variant) -> None:
    """Whether the request got out first is a race; what is said about it is true either way."""

    def at_accept(connection: Any) -> None:
        if server.accepted == 2:
            raise ConnectionResetError

    with FaultServer(steps.closed_after_answer, at_accept=at_accept) as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        server.wait_for(connections=0)
        before = len(server.calls)
        submit = sdk.start(OPERATIONS["submit_prompt"](client))
        lost = submit.exception()
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


def test_the_first_login_works_after_all(sdk: Variant) -> None:
    with FaultServer(logins=[steps.status(401), log_in]) as server:
        client = sdk.client(server.url)
        with pytest.raises(AuthError):
            sdk.run(OPERATIONS["analyze_prompt"](client))
        sdk.run(OPERATIONS["analyze_prompt"](client))


# ---- settings for a few calls


def test_options_can_be_changed_for_a_call(sdk: Variant) -> None:
    with FaultServer(steps.BUSY) as server:
        client = sdk.client(server.url)
        with pytest.raises(APIStatusError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client.with_options(max_retries=0)))
        assert caught.value.attempts == 1
        with pytest.raises(APIStatusError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.attempts == 3


def test_a_client_with_other_options_shares_pool_and_session(sdk: Variant) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        sdk.run(OPERATIONS["list_threads"](client.with_options(timeout=5)))
        assert len(server.logins) == server.accepted == 1
        assert client.session_id == client.with_options(timeout=5).session_id


def test_an_option_that_is_none_is_refused(sdk: Variant) -> None:
    with pytest.raises(LiminalError, match="no such option: retries"):
        sdk.client("https://api.example").with_options(retries=1)


def test_an_httpx_timeout_bounds_its_parts(sdk: Variant) -> None:
    with FaultServer(steps.silence) as server:
        client = sdk.client(server.url, timeout=httpx.Timeout(60, read=0.2), max_retries=0)
        with pytest.raises(APITimeoutError, match="timeout"):
            sdk.run(OPERATIONS["analyze_prompt"](client))


# ---- the low-level client


def api_call(sdk: Variant, client: Any, module: Any, body: Any) -> Callable[[], Any]:
    function = module.sync if sdk.name == "blocking" else module.asyncio
    return lambda: function(client=client.api, body=body)


def test_the_low_level_client_retries_as_well(sdk: Variant) -> None:
    body = AnalyzeRequest(model_instance_id=1, text=PROMPT)
    with FaultServer(steps.reset_before_headers, steps.status(500), good) as server:
        client = sdk.client(server.url)
        answer = sdk.run(api_call(sdk, client, analyze_prompt, body))
        assert answer.data.findings
        assert len(server.calls) == 3


def test_the_low_level_client_does_not_repeat_what_costs_money(sdk: Variant) -> None:
    body = SubmitRequest(model_instance_id=1, text=PROMPT)
    with FaultServer(steps.reset_before_headers, good) as server:
        client = sdk.client(server.url)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(api_call(sdk, client, submit_prompt, body))
        assert caught.value.may_have_been_processed
        assert len(server.calls) == 1
