"""A client that is closed: what was under way ends as an error of ours, and nothing stays open."""

import threading
from typing import Any

import httpx
import pytest

from liminal.errors import LiminalError, RequestError, StreamInterruptedError
from tests.support.libraries import over_both_libraries
from tests.support.tls import NO_TLS

from . import steps
from .operations import OPERATIONS, PROMPT
from .server import Exchange, FaultServer, head
from .variants import Variant

CALLS = 5


def silent_for_prompts(exchange: Exchange) -> None:
    if "/prompts/" in exchange.request.path:
        exchange.wait_for_hangup()
    exchange.good()


def begun(sdk: Variant, server: FaultServer, client: Any, operation: str) -> list[Any]:
    """Calls that the server has in hand."""
    sdk.run(OPERATIONS["list_threads"](client))
    calls = [sdk.start(OPERATIONS[operation](client)) for _ in range(CALLS)]
    server.wait_until(lambda: len(server.calls) > CALLS)
    return calls


@pytest.mark.parametrize("operation", ["analyze_prompt", "submit_prompt", "stream"])
def test_calls_in_flight_end_when_the_client_is_closed(sdk: Variant, operation: str) -> None:
    with FaultServer(silent_for_prompts) as server:
        client = sdk.client(server.url, timeout=10)
        calls = begun(sdk, server, client, operation)
        sdk.run(client.close)
        for call in calls:
            assert isinstance(call.exception(timeout=5), LiminalError)
        server.wait_for(connections=0)
        assert len(server.calls) == CALLS + 1  # none is tried again


def test_a_stream_in_flight_ends_when_the_client_is_closed(sdk: Variant) -> None:
    def step(exchange: Exchange) -> None:
        exchange.send(head(200, [("Connection", "close")]))
        exchange.send(b'{"content":"so far","finishReason":null}\n')
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        client = sdk.client(server.url, timeout=10)
        stream = client.prompt.stream(1, PROMPT)
        assert sdk.run(stream._next_chunk).content == "so far"
        waiting = sdk.start(stream._next_chunk)
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


def test_a_client_that_was_never_used_can_be_closed_twice(sdk: Variant) -> None:
    client = sdk.client("https://api.example")
    sdk.run(client.close)
    sdk.run(client.close)


@over_both_libraries
def test_a_user_s_client_stays_open_and_others_may_use_it_on(sdk: Variant) -> None:
    with FaultServer() as server:
        kind = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
        user_client = kind(trust_env=False, verify=NO_TLS)
        first = sdk.client(server.url, httpx_client=user_client)
        second = sdk.client(server.url, httpx_client=user_client)
        sdk.run(OPERATIONS["list_threads"](first))
        sdk.run(first.close)
        sdk.run(OPERATIONS["list_threads"](second))
        assert server.accepted == 1
        sdk.run(user_client.close if sdk.name == "blocking" else user_client.aclose)
        with pytest.raises(LiminalError, match="the httpx_client is closed"):
            sdk.run(OPERATIONS["list_threads"](second))


@over_both_libraries
def test_a_user_s_client_that_is_closed_under_a_call_is_an_error_of_ours(sdk: Variant) -> None:
    with FaultServer(silent_for_prompts) as server:
        kind = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
        user_client = kind(trust_env=False, verify=NO_TLS)
        client = sdk.client(server.url, httpx_client=user_client, timeout=1, max_retries=0)
        (call, *_) = begun(sdk, server, client, "submit_prompt")
        sdk.run(user_client.close if sdk.name == "blocking" else user_client.aclose)
        assert isinstance(call.exception(timeout=5), LiminalError)


def test_an_idle_connection_that_the_server_has_closed_is_not_used(sdk: Variant) -> None:
    with FaultServer(steps.closed_after_answer) as server:
        client = sdk.client(server.url)
        for _ in range(3):
            sdk.run(OPERATIONS["submit_prompt"](client))
            server.wait_for(connections=0)
        assert len(server.calls) == 3


def test_many_threads_share_a_client() -> None:
    """The blocking client is for any number of threads at once."""
    from .variants import variant

    with FaultServer() as server, variant("blocking") as sdk:
        client = sdk.client(server.url)
        errors: list[BaseException] = []

        def work() -> None:
            try:
                for operation in OPERATIONS.values():
                    operation(client)()
            except BaseException as error:  # noqa: BLE001 - whatever it is
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(server.logins) == 1
        assert len(server.calls) == 32 * len(OPERATIONS)


def test_an_error_is_raised_in_each_of_many_calls(sdk: Variant) -> None:
    with FaultServer(steps.status(404)) as server:
        client = sdk.client(server.url)
        calls = [sdk.start(OPERATIONS["list_threads"](client)) for _ in range(32)]
        assert all(isinstance(call.exception(timeout=10), RequestError) for call in calls)
