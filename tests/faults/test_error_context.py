"""Every error says which operation it was, under which request id, and after how many tries."""

import httpx
import pytest

from liminal._http import pool as pools
from liminal.auth import SessionId
from liminal.errors import (
    APIStatusError,
    APITimeoutError,
    AuthError,
    ModelInstanceUnknownError,
    RateLimitError,
    ResponseValidationError,
    StreamInterruptedError,
    StreamServerError,
)
from tests.support.providers import GivenToken

from . import steps
from .operations import OPERATIONS
from .server import Exchange, FaultServer, Step, good, head, log_in

CALLS = {
    **OPERATIONS,
    "get_model_instance": lambda client: lambda: client.llm.get_model_instance("Another Model"),
}


def with_id(step: Step) -> Step:
    def wrapped(exchange: Exchange) -> None:
        exchange.headers.append(("X-Request-Id", "req-1"))
        step(exchange)

    return wrapped


def says(content: bytes, kind: str = "application/x-ndjson") -> Step:
    """A stream of this content, which ends with its connection."""

    def step(exchange: Exchange) -> None:
        headers = [("Connection", "close"), ("X-Request-Id", "req-1"), ("Content-Type", kind)]
        exchange.send(head(200, headers) + content)
        exchange.close()

    return step


def no_gzip(exchange: Exchange) -> None:
    exchange.answer(200, b"not gzip", [("Content-Encoding", "gzip"), ("X-Request-Id", "req-1")])


SERVER_ERROR = says(b'event: error\ndata: {"message": "no"}\n\n', "text/event-stream")


@pytest.mark.parametrize(
    ("call", "step", "kind", "operation", "attempts"),
    [
        ("analyze_prompt", with_id(steps.status(404)), APIStatusError, "analyze_prompt", 2),
        ("submit_prompt", with_id(steps.status(429)), RateLimitError, "submit_prompt", 3),
        ("submit_prompt", with_id(steps.status(401)), AuthError, "submit_prompt", 2),
        ("analyze_prompt", with_id(steps.body("0")), ResponseValidationError, "analyze_prompt", 2),
        ("get_model_instance", with_id(good), ModelInstanceUnknownError, "list_model_instances", 2),
        ("stream", says(b""), StreamInterruptedError, "submit_prompt", 2),
        ("stream", says(b"null\n"), ResponseValidationError, "submit_prompt", 2),
        ("stream", says(b"x" * 2_000_000), ResponseValidationError, "submit_prompt", 2),
        ("stream", SERVER_ERROR, StreamServerError, "submit_prompt", 2),
        ("stream", no_gzip, ResponseValidationError, "submit_prompt", 2),
    ],
)
def test_every_error_of_a_call_tells_operation_request_and_attempts(
    *, sdk, call, step, kind, operation, attempts
):
    with FaultServer(steps.BUSY, step) as server:
        client = sdk.client(server.url)
        with pytest.raises(kind) as caught:
            sdk.run(CALLS[call](client))
    error = caught.value
    assert (error.operation, error.request_id, error.attempts) == (operation, "req-1", attempts)


BY_TOKEN = "login_with_environment_token"
DECLINING = GivenToken(lambda: AuthError("declined"))


@pytest.mark.parametrize(
    ("options", "login", "problem", "context"),
    [
        ({}, steps.status(401), "refused the login", (BY_TOKEN, "req-1", 2, 401)),
        ({}, steps.body("{}"), "without a session cookie", (BY_TOKEN, "req-1", 2, None)),
        ({"auth": DECLINING}, log_in, "declined", ("login_with_access_token", None, 0, None)),
        ({"auth": None}, log_in, "no way to sign in", ("analyze_prompt", None, 0, None)),
    ],
)
def test_a_failed_sign_in_tells_operation_request_and_attempts(
    sdk, options, login, problem, context
):
    with FaultServer(logins=[steps.BUSY, with_id(login)]) as server:
        with pytest.raises(AuthError, match=problem) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](sdk.client(server.url, **options)))
        assert len(server.requests) == caught.value.attempts
    error = caught.value
    assert (error.operation, error.request_id, error.attempts, error.status_code) == context


def test_a_session_that_can_not_be_renewed_tells_operation_and_attempts(sdk):
    with FaultServer(steps.with_cookies("session=; Max-Age=0")) as server:
        client = sdk.client(server.url, auth=SessionId("given"))
        sdk.run(OPERATIONS["list_threads"](client))
        with pytest.raises(AuthError, match="can't open another") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
    assert (caught.value.operation, caught.value.attempts) == ("get_current_user", 0)


@pytest.mark.parametrize(
    "bound",
    [{"timeout": 0.5}, {"deadline": 0.5}, {"timeout": httpx.Timeout(None, pool=0.1)}],
    ids=["timeout", "deadline", "wait for the pool"],
)
def test_a_call_that_finds_no_free_connection_says_so(sdk, monkeypatch, bound):
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
