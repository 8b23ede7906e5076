"""Retries are counted and bounded; errors say whether a lost call may have been processed."""

from typing import Any

import pytest

from liminal.auth import SessionId
from liminal.errors import APIConnectionError, APIStatusError
from tests.support.libraries import over_own_and_theirs

from . import steps
from .operations import OPERATIONS
from .server import Exchange, FaultServer, good, log_in


@pytest.mark.parametrize("operation", ["create_thread", "analyze_prompt", "stream"])
@pytest.mark.parametrize("retries", [0, 4])
def test_retries_come_on_top_of_the_first_try(sdk, operation, retries):
    with FaultServer(steps.BUSY) as server:
        client = sdk.client(server.url, max_retries=retries)
        with pytest.raises(APIStatusError) as caught:
            sdk.run(OPERATIONS[operation](client))
        assert caught.value.attempts == len(server.calls) == retries + 1


def test_all_tries_of_a_call_send_the_same(sdk):
    with FaultServer(steps.BUSY, steps.BUSY, good) as server:
        sdk.run(OPERATIONS["cleanse_prompt"](sdk.client(server.url)))
        assert len(server.calls) == 3
        assert len({(request.body, request.session) for request in server.calls}) == 1


def reset_and_stop(exchange: Exchange) -> None:
    exchange.server.refuse()
    exchange.reset()


def fail_and_stop(exchange: Exchange) -> None:
    exchange.server.refuse()
    exchange.answer(504, {}, [("Connection", "close")])
    exchange.close()


@pytest.mark.parametrize("step", [reset_and_stop, fail_and_stop])
def test_a_try_that_may_have_been_processed_counts_however_the_last_one_failed(sdk, step):
    """A repeatable call does no harm when it is processed twice, but may leave a thread behind."""
    with FaultServer(step) as server:
        client = sdk.client(server.url, auth=SessionId("s"))
        with pytest.raises(APIConnectionError, match="could not connect") as caught:
            sdk.run(OPERATIONS["cleanse_prompt"](client))
        assert (caught.value.may_have_been_processed, caught.value.attempts) == (True, 3)
        assert len(server.calls) == 1


def test_a_connection_that_dies_before_the_request_is_read_doubles_nothing(sdk):
    """Whether the request is sent first is a race; the error is right either way."""

    def at_accept(connection):
        if server.accepted == 2:
            raise ConnectionResetError

    with FaultServer(steps.closed_after_answer, at_accept=at_accept) as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        server.wait_for(connections=0)
        before = len(server.calls)
        lost: Any = sdk.start(OPERATIONS["submit_prompt"](client)).exception()
        assert len(server.calls) - before == (0 if lost else 1)
        assert lost is None or lost.may_have_been_processed


def test_a_server_that_stays_broken_is_not_hammered(sdk):
    """500 tokens pay for 100 retries; then each call is tried once, which earns it nothing."""
    with FaultServer(steps.BUSY) as server:
        client = sdk.client(server.url, max_retries=20)
        attempts = []
        for _ in range(14):
            with pytest.raises(APIStatusError) as caught:
                sdk.run(OPERATIONS["analyze_prompt"](client))
            attempts.append(caught.value.attempts)
        assert attempts == [21] * 5 + [1] * 9


def test_a_call_that_needs_no_retry_pays_a_token_back(sdk):
    with FaultServer(steps.BUSY, good) as server:
        client = sdk.client(server.url)
        spent = []
        for _ in range(3):
            sdk.run(OPERATIONS["list_threads"](client))
            spent.append(client.api.runner.bucket.spent)
        assert spent == [5, 4, 3]


# ---- logins that are lost


@over_own_and_theirs
@pytest.mark.parametrize("step", [steps.silence, steps.reset_before_headers])
def test_a_call_whose_login_is_lost_was_not_processed(sdk, step, theirs):
    with FaultServer(logins=[step]) as server:
        user_client = sdk.user_client(theirs)
        client = sdk.client(server.url, httpx_client=user_client, deadline=0.3, max_retries=0)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        assert not caught.value.may_have_been_processed
        assert not server.calls


def test_a_renewal_that_is_lost_after_a_call_was_lost_leaves_that_in_doubt(sdk):
    """The first try may have been processed; then the session ends, and no login comes through."""
    with FaultServer(
        steps.reset_before_headers, steps.status(401), logins=[log_in, steps.silence]
    ) as server:
        client = sdk.client(server.url, deadline=0.5)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.may_have_been_processed


def test_a_login_is_its_cookie_whether_or_not_its_body_comes(sdk):
    step = steps.without_its_body(200, [("Set-Cookie", "session=s1")])
    with FaultServer(logins=[step]) as server:
        sdk.run(OPERATIONS["submit_prompt"](sdk.client(server.url, timeout=1)))
        assert len(server.logins) == 1
