"""Every error says which operation it was, under which request id, and after how many tries."""

from typing import Any

import httpx
import pytest

from liminal._http import pool as pools
from liminal.auth import AuthProvider, SessionId
from liminal.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthError,
    ModelInstanceUnknownError,
    RateLimitError,
    RequestError,
    ResponseValidationError,
    StreamInterruptedError,
    StreamServerError,
)

from . import steps
from .operations import OPERATIONS
from .server import Exchange, FaultServer, Step, good, head
from .variants import Variant


def say(exchange: Exchange, *lines: bytes) -> None:
    exchange.send(head(200, [("Connection", "close"), ("X-Request-Id", "req-1")]))
    exchange.send(b"".join(lines))
    exchange.close()


def server_error(exchange: Exchange) -> None:
    """A stream in which the service itself reports an error."""
    exchange.send(
        head(
            200,
            [
                ("Content-Type", "text/event-stream"),
                ("Connection", "close"),
                ("X-Request-Id", "req-1"),
            ],
        )
    )
    exchange.send(b'event: error\ndata: {"message": "no"}\n\n')
    exchange.close()


def with_id(step: Step) -> Step:
    def wrapped(exchange: Exchange) -> None:
        exchange.headers.append(("X-Request-Id", "req-1"))
        step(exchange)

    return wrapped


OF_A_CALL: dict[str, tuple[str, Step, type[RequestError]]] = {
    "status": ("analyze_prompt", with_id(steps.status(404)), APIStatusError),
    "429": ("submit_prompt", with_id(steps.status(429)), RateLimitError),
    "401": ("submit_prompt", with_id(steps.status(401)), AuthError),
    "body": ("analyze_prompt", with_id(steps.body(b"null")), ResponseValidationError),
    "cut stream": ("stream", lambda e: say(e, b""), StreamInterruptedError),
    "bad chunk": ("stream", lambda e: say(e, b"null\n"), ResponseValidationError),
    "long chunk": ("stream", lambda e: say(e, b"x" * 2_000_000), ResponseValidationError),
    "server error": ("stream", server_error, StreamServerError),
    "bad gzip": (
        "stream",
        with_id(steps.body(b"not gzip", [("Content-Encoding", "gzip")])),
        ResponseValidationError,
    ),
}


@pytest.mark.parametrize("name", OF_A_CALL)
def test_every_error_of_a_call_tells_operation_request_and_attempts(
    sdk: Variant, name: str
) -> None:
    operation, step, kind = OF_A_CALL[name]
    with FaultServer(steps.BUSY, step) as server:
        client = sdk.client(server.url)
        with pytest.raises(kind) as caught:
            sdk.run(OPERATIONS[operation](client))
    assert caught.value.operation == ("submit_prompt" if operation == "stream" else operation)
    assert caught.value.request_id == "req-1"
    assert caught.value.attempts == (3 if name == "429" else 2)


def test_an_unknown_model_instance_tells_operation_request_and_attempts(sdk: Variant) -> None:
    with FaultServer(steps.BUSY, with_id(good)) as server:
        client = sdk.client(server.url)
        with pytest.raises(ModelInstanceUnknownError) as caught:
            sdk.run(lambda: client.llm.get_model_instance("Another Model"))
    assert caught.value.operation == "list_model_instances"
    assert caught.value.request_id == "req-1"
    assert caught.value.attempts == 2


def test_a_refused_login_tells_operation_request_and_attempts(sdk: Variant) -> None:
    with FaultServer(logins=[steps.BUSY, with_id(steps.status(401))]) as server:
        client = sdk.client(server.url)
        with pytest.raises(AuthError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
    assert caught.value.operation == "login_with_environment_token"
    assert caught.value.request_id == "req-1"
    assert caught.value.attempts == 2
    assert caught.value.status_code == 401


def test_a_login_without_a_session_tells_operation_request_and_attempts(sdk: Variant) -> None:
    with FaultServer(logins=[steps.BUSY, with_id(steps.body(b"{}"))]) as server:
        client = sdk.client(server.url)
        with pytest.raises(AuthError, match="without a session cookie") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
    assert caught.value.operation == "login_with_environment_token"
    assert caught.value.request_id == "req-1"
    assert caught.value.attempts == 2


class Declining(AuthProvider):
    """A provider that gives no token."""

    def get_access_token_sync(self) -> str:
        raise AuthError("declined")

    async def get_access_token(self) -> str:
        raise AuthError("declined")


def test_a_provider_that_gives_no_token_tells_which_login_was_not_sent(sdk: Variant) -> None:
    with FaultServer() as server:
        with pytest.raises(AuthError, match="declined") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](sdk.client(server.url, auth=Declining())))
        assert not server.requests
    assert caught.value.operation == "login_with_access_token"
    assert caught.value.attempts == 0


def test_a_client_without_a_way_to_sign_in_tells_which_call_was_not_sent(sdk: Variant) -> None:
    with FaultServer() as server:
        with pytest.raises(AuthError, match="no way to sign in") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](sdk.client(server.url, auth=None)))
        assert not server.requests
    assert caught.value.operation == "analyze_prompt"
    assert caught.value.attempts == 0


def test_a_session_that_can_not_be_renewed_tells_operation_and_attempts(sdk: Variant) -> None:
    ended = steps.with_cookies("session=; Max-Age=0")
    with FaultServer(ended) as server:
        client = sdk.client(server.url, auth=SessionId("given"))
        sdk.run(OPERATIONS["list_threads"](client))
        with pytest.raises(AuthError, match="can't open another") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
    assert caught.value.operation == "get_current_user"
    assert caught.value.attempts == 0


@pytest.mark.parametrize(
    "value", ["x" * 129, "caf\u00e9", "a\tb", ""], ids=["long", "not ASCII", "control", "empty"]
)
def test_a_request_id_that_no_log_should_be_given_is_left_out(sdk: Variant, value: str) -> None:
    def step(exchange: Exchange) -> None:
        exchange.answer(404, {}, [("X-Request-Id", value)])

    with FaultServer(step) as server:
        client = sdk.client(server.url)
        with pytest.raises(APIStatusError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
    assert caught.value.request_id is None


def test_a_try_that_may_have_been_processed_counts_however_the_last_one_failed(
    sdk: Variant,
) -> None:
    """What is repeatable does no harm when it is done twice; but it may leave a thread behind."""

    def fail_and_refuse(exchange: Exchange) -> None:
        server.refuse()
        exchange.answer(504, {}, [("Connection", "close")])
        exchange.close()

    with FaultServer(fail_and_refuse) as server:
        client = sdk.client(server.url, auth=SessionId("s"))
        with pytest.raises(APIConnectionError, match="could not connect") as caught:
            sdk.run(OPERATIONS["cleanse_prompt"](client))
        assert caught.value.may_have_been_processed
        assert len(server.calls) == 1


@pytest.mark.parametrize(
    "bound",
    [{"timeout": 1.0}, {"deadline": 1.0}, {"timeout": httpx.Timeout(None, pool=0.1)}],
    ids=["timeout", "deadline", "wait for the pool"],
)
def test_who_finds_no_free_connection_is_told_so(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch, bound: dict[str, Any]
) -> None:
    """Whichever of the bounds runs out first."""
    monkeypatch.setattr(pools, "MAX_CONNECTIONS", 1)
    with FaultServer(steps.silence) as server:
        client = sdk.client(server.url, auth=SessionId("s"), max_retries=0)
        call = sdk.start(OPERATIONS["list_threads"](client))
        server.wait_until(lambda: server.calls)
        with pytest.raises(APITimeoutError, match="no connection was free") as caught:
            sdk.run(OPERATIONS["submit_prompt"](client.with_options(**bound)))
        assert not caught.value.may_have_been_processed
        sdk.run(client.close)
        assert call.exception(timeout=10)
