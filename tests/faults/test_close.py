"""Closing a client ends what is under way with an error of ours, and leaves nothing open."""

from typing import Any

import pytest

from liminal.errors import LiminalError, StreamInterruptedError
from tests.support.libraries import over_both_libraries

from . import steps
from .operations import OPERATIONS, PROMPT
from .server import Exchange, FaultServer
from .variants import Variant


def begin_and_wait(exchange: Exchange) -> None:
    """Streams have one chunk, other prompts get no answer."""
    if exchange.request.is_stream:
        steps.begin_stream(exchange)
    if "/prompts/" in exchange.request.path:
        exchange.wait_for_hangup()
    exchange.good()


def test_a_stream_in_flight_ends_when_the_client_is_closed(sdk: Variant) -> None:
    with FaultServer(begin_and_wait) as server:
        client = sdk.client(server.url, timeout=10)
        stream = client.prompt.stream(1, PROMPT)
        assert sdk.run(sdk.step(stream)).content == "so far"
        waiting = sdk.start(sdk.step(stream))
        sdk.run(client.close)
        error = waiting.exception(timeout=5)
        assert isinstance(error, StreamInterruptedError)
        assert error.partial_text == "so far"
        server.wait_for(connections=0)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_call_after_close_says_so(sdk: Variant, operation: str) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        sdk.run(client.close)
        with pytest.raises(LiminalError, match="this client was closed"):
            sdk.run(OPERATIONS[operation](client))
        assert len(server.calls) == 1


@over_both_libraries
def test_closing_a_user_s_client_under_a_call_raises_an_error_of_ours(
    sdk: Variant, library: Any
) -> None:
    with FaultServer(begin_and_wait) as server:
        user_client = sdk.user_client(library)
        client = sdk.client(server.url, httpx_client=user_client, timeout=0.3, max_retries=0)
        call = sdk.start(OPERATIONS["submit_prompt"](client))
        server.wait_until(lambda: server.calls)
        sdk.close_user_client(user_client)
        assert isinstance(call.exception(timeout=5), LiminalError)


def test_many_calls_at_once_share_a_client_and_its_session(sdk: Variant) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url)
        operations = [*OPERATIONS.values()] * 32
        for call in [sdk.start(operation(client)) for operation in operations]:
            call.result(timeout=30)
        assert len(server.logins) == 1
        assert len(server.calls) == len(operations)
