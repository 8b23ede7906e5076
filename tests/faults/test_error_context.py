"""Every error says which operation it was, under which request id, and after how many tries."""

from collections.abc import Callable
from typing import Any

import attrs
import httpx
import pytest

from liminal import errors
from liminal._http import pool as pools
from liminal.auth import AuthProvider, SessionId, Token
from liminal.errors import APIConnectionError, APIStatusError, APITimeoutError, AuthError

from . import steps
from .operations import OPERATIONS
from .server import Exchange, FaultServer, Step, good, head, log_in
from .variants import TOKEN, Variant


def with_id(step: Step) -> Step:
    def wrapped(exchange: Exchange) -> None:
        exchange.headers.append(("X-Request-Id", "req-1"))
        step(exchange)

    return wrapped


def streams(content: bytes, kind: str = "application/x-ndjson") -> Step:
    def step(exchange: Exchange) -> None:
        headers = [("Content-Type", kind), ("Connection", "close"), ("X-Request-Id", "req-1")]
        exchange.send(head(200, headers) + content)
        exchange.close()

    return step


class Declining(AuthProvider):
    def get_access_token_sync(self) -> str:
        raise AuthError("declined")

    async def get_access_token(self) -> str:
        raise AuthError("declined")


@attrs.frozen
class Case:
    """A call, what the server answers, and what the error says; after a try that met BUSY."""

    error: type[errors.RequestError]
    call: str
    step: Step = good
    operation: str = attrs.field(default=attrs.Factory(lambda case: case.call, takes_self=True))
    request_id: str | None = "req-1"
    attempts: int = 2
    auth: Any = attrs.field(factory=lambda: Token(TOKEN), kw_only=True)
    login: Step | None = attrs.field(default=None, kw_only=True)
    says: str = attrs.field(default="", kw_only=True)


LOGIN = "login_with_environment_token"
CALLS: dict[str, Callable[[Any], Callable[[], Any]]] = OPERATIONS | {
    "submit_prompt by streaming": OPERATIONS["stream"],
    "an unknown model": lambda client: lambda: client.llm.get_model_instance("Another Model"),
}
STREAM = "submit_prompt by streaming"
NOT_GZIP = with_id(steps.body(b"not gzip", [("Content-Encoding", "gzip")]))
SERVER_ERROR = streams(b'event: error\ndata: {"message": "no"}\n\n', "text/event-stream")
INVALID = errors.ResponseValidationError
CASES = {
    "status": Case(APIStatusError, "analyze_prompt", with_id(steps.status(404))),
    "429": Case(errors.RateLimitError, "submit_prompt", with_id(steps.status(429)), attempts=3),
    "401": Case(AuthError, "submit_prompt", with_id(steps.status(401))),
    "body": Case(INVALID, "analyze_prompt", with_id(steps.body(b"null"))),
    "cut stream": Case(errors.StreamInterruptedError, STREAM, streams(b""), "submit_prompt"),
    "bad chunk": Case(INVALID, STREAM, streams(b"null\n"), "submit_prompt"),
    "long chunk": Case(INVALID, STREAM, streams(b"x" * 2_000_000), "submit_prompt"),
    "bad gzip": Case(INVALID, STREAM, NOT_GZIP, "submit_prompt"),
    "server error": Case(errors.StreamServerError, STREAM, SERVER_ERROR, "submit_prompt"),
    "unknown model instance": Case(
        errors.ModelInstanceUnknownError, "an unknown model", with_id(good), "list_model_instances"
    ),
    "refused login": Case(
        AuthError, "analyze_prompt", operation=LOGIN, login=with_id(steps.status(401))
    ),
    "login without a session": Case(
        AuthError,
        "analyze_prompt",
        operation=LOGIN,
        login=with_id(steps.body(b"{}")),
        says="without a session cookie",
    ),
    "provider without a token": Case(
        AuthError,
        "analyze_prompt",
        operation="login_with_access_token",
        request_id=None,
        attempts=0,
        auth=Declining(),
        says="declined",
    ),
    "no way to sign in": Case(
        AuthError,
        "analyze_prompt",
        request_id=None,
        attempts=0,
        auth=None,
        says="no way to sign in",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_error_tells_operation_request_and_attempts(sdk: Variant, case: Case) -> None:
    plan = [good] if case.login else [steps.BUSY, case.step]
    logins = [steps.BUSY, case.login] if case.login else [log_in]
    with FaultServer(*plan, logins=logins) as server:
        client = sdk.client(server.url, auth=case.auth)
        with pytest.raises(case.error) as caught:
            sdk.run(CALLS[case.call](client))
        assert bool(server.requests) == (case.attempts > 0)
    error = caught.value
    assert case.says in str(error)
    found = type(error), error.operation, error.request_id, error.attempts
    assert found == (case.error, case.operation, case.request_id, case.attempts)


def test_a_session_that_can_not_be_renewed_tells_operation_and_attempts(sdk: Variant) -> None:
    with FaultServer(steps.with_cookies("session=; Max-Age=0")) as server:
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
    with FaultServer(steps.status(404, headers=[("X-Request-Id", value)])) as server:
        client = sdk.client(server.url)
        with pytest.raises(APIStatusError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
    assert caught.value.request_id is None


@pytest.mark.parametrize("last_words", [Exchange.reset, steps.status(504)], ids=["reset", "504"])
def test_a_try_that_may_have_been_processed_counts_however_the_last_one_failed(
    sdk: Variant, last_words: Step
) -> None:
    """What is repeatable does no harm when it is done twice; but it may leave a thread behind."""

    def fail_and_refuse(exchange: Exchange) -> None:
        server.refuse()
        exchange.headers.append(("Connection", "close"))
        last_words(exchange)
        exchange.close()

    with FaultServer(fail_and_refuse) as server:
        client = sdk.client(server.url)
        with pytest.raises(APIConnectionError, match="could not connect") as caught:
            sdk.run(OPERATIONS["cleanse_prompt"](client))
        assert caught.value.may_have_been_processed
        assert caught.value.attempts == 3
        assert len(server.calls) == 1


@pytest.mark.parametrize(
    "bound",
    [{"timeout": 0.3}, {"deadline": 0.3}, {"timeout": httpx.Timeout(None, pool=0.1)}],
    ids=["timeout", "deadline", "wait for the pool"],
)
def test_a_call_that_finds_no_free_connection_says_so(
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
