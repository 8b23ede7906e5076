"""A deadline bounds the whole call, however slowly the other side goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import httpx
import pytest

from liminal._async import _read as async_read
from liminal._http.body import AsyncResponseBody, ResponseBody
from liminal._http.http import AsyncHttp, Http
from liminal._http.sockets import clock
from liminal._http.sockets.monotonic import monotonic
from liminal._sync import _read as sync_read
from liminal.auth import AuthProvider
from liminal.errors import APIStatusError, APITimeoutError, RateLimitError, StreamInterruptedError
from tests.support.libraries import over_both_libraries
from tests.support.tls import NO_TLS

from . import steps
from .operations import OPERATIONS, PROMPT
from .server import Exchange, FaultServer, Step, good, head, log_in
from .variants import Variant

DEADLINE = 0.1
# Enough for a call to come as far as its test needs it to.
LONGER = 0.3
# Far less than any of these servers would take, far more than a busy machine needs.
MUCH_LATER = 15.0


@contextmanager
def in_time() -> Iterator[pytest.ExceptionInfo[APITimeoutError]]:
    """Raise APITimeoutError for the deadline's sake, and soon."""
    begun = time.monotonic()
    with pytest.raises(APITimeoutError, match="deadline") as caught:
        yield caught
    assert DEADLINE <= time.monotonic() - begun < MUCH_LATER


@pytest.mark.parametrize("operation", ["analyze_prompt", "submit_prompt", "stream"])
@pytest.mark.parametrize(
    "step", [steps.silence, steps.drip_headers], ids=["silence", "dripping headers"]
)
def test_a_deadline_bounds_a_server_that_is_slow_to_answer(
    sdk: Variant, operation: str, step: Step
) -> None:
    with FaultServer(step) as server:
        client = sdk.client(server.url, deadline=DEADLINE)
        with in_time():
            sdk.run(OPERATIONS[operation](client))


def test_a_deadline_bounds_a_body_of_a_byte_every_20_ms(sdk: Variant) -> None:
    with FaultServer(steps.drip_body) as server:
        client = sdk.client(server.url, deadline=DEADLINE)
        with in_time():
            sdk.run(OPERATIONS["analyze_prompt"](client))


def drip_error(exchange: Exchange) -> None:
    exchange.send(head(404, [("Content-Length", "100000")]))
    exchange.drip(b" " * 100_000)


def test_a_deadline_bounds_the_body_of_an_error(sdk: Variant) -> None:
    with FaultServer(drip_error) as server:
        client = sdk.client(server.url, deadline=LONGER)
        begun = time.monotonic()
        with pytest.raises(APIStatusError):  # that is known by now
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert time.monotonic() - begun < LONGER + MUCH_LATER


@pytest.mark.parametrize("uses_user_client", [False, True], ids=["own client", "user's client"])
@pytest.mark.parametrize("step", [steps.without_its_body(404), drip_error])
def test_an_error_waits_two_seconds_for_its_body_and_no_longer(
    sdk: Variant, step: Step, uses_user_client: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for read in (async_read, sync_read):
        assert read._BODY_SECONDS == 2.0
        monkeypatch.setattr(read, "_BODY_SECONDS", DEADLINE)  # a test has no two seconds
    httpx_client = user_client(sdk) if uses_user_client else None
    with FaultServer(step) as server:
        client = sdk.client(server.url, httpx_client=httpx_client)
        begun = time.monotonic()
        with pytest.raises(APIStatusError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        assert caught.value.body is None
        assert DEADLINE <= time.monotonic() - begun < MUCH_LATER
        if httpx_client is not None:
            sdk.run(httpx_client.close if sdk.name == "blocking" else httpx_client.aclose)


def test_an_error_whose_body_there_is_no_time_for_leaves_no_connection(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def over(*_: object) -> Iterator[None]:
        raise TimeoutError
        yield

    monkeypatch.setattr(ResponseBody, "bounded", over)
    monkeypatch.setattr(AsyncResponseBody, "bounded", over)
    with FaultServer(steps.status(500)) as server:
        client = sdk.client(server.url)
        with pytest.raises(APIStatusError):
            sdk.run(OPERATIONS["submit_prompt"](client))
        server.wait_for(connections=0)


def test_after_a_wait_that_took_too_long_the_answer_to_the_last_try_counts(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[float] = []
    monkeypatch.setattr(clock, "monotonic", lambda: monotonic() + sum(passed))
    monkeypatch.setattr(Http, "pause", lambda *_: passed.append(3600))

    async def pause(*_: object) -> None:
        passed.append(3600)

    monkeypatch.setattr(AsyncHttp, "pause", pause)
    with FaultServer(steps.status(429, headers=[("Retry-After", "0.01")])) as server:
        client = sdk.client(server.url, deadline=1000)
        with pytest.raises(RateLimitError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        assert caught.value.attempts == len(server.calls) == 1


@pytest.mark.parametrize("step", [steps.silence, steps.drip_headers, steps.drip_body])
def test_a_deadline_bounds_a_login(sdk: Variant, step: Step) -> None:
    with FaultServer(logins=[step]) as server:
        client = sdk.client(server.url, deadline=DEADLINE)
        with in_time():
            sdk.run(OPERATIONS["analyze_prompt"](client))


@pytest.mark.parametrize("step", [steps.silence, steps.drip_headers])
def test_a_deadline_bounds_a_renewal_within_a_call(sdk: Variant, step: Step) -> None:
    with FaultServer(steps.status(401), logins=[log_in, step]) as server:
        client = sdk.client(server.url, deadline=DEADLINE)
        with in_time():
            sdk.run(OPERATIONS["analyze_prompt"](client))


class Slow(AuthProvider):
    """A provider that takes its time, for longer than a call may take."""

    def get_access_token_sync(self) -> str:
        time.sleep(DEADLINE * 2)
        return "late"

    async def get_access_token(self) -> str:
        await anyio.sleep(DEADLINE * 2)
        return "late"


class Blocking(Slow):
    """One that holds up its event loop as well."""

    async def get_access_token(self) -> str:
        return self.get_access_token_sync()


@pytest.mark.parametrize("kind", [Slow, Blocking])
def test_after_a_provider_that_takes_longer_than_the_deadline_nothing_is_sent(
    sdk: Variant, kind: type[Slow]
) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url, deadline=DEADLINE, auth=kind())
        with in_time() as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.operation == "analyze_prompt"
        assert not server.requests


def test_a_deadline_bounds_a_server_that_is_slow_to_read(sdk: Variant) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        server.read_slowly = True
        quick = client.with_options(deadline=DEADLINE)
        with in_time():
            sdk.run(lambda: quick.prompt.analyze(1, "x" * 50_000_000))


def test_a_deadline_bounds_the_tries_together(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try takes 199.5 s by a moved clock: the second gets what is left of 200 s."""
    passed = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: monotonic() + passed[0])

    def slow(exchange: Exchange) -> None:
        passed[0] = 199.5
        exchange.answer(503, {})

    with FaultServer(slow, steps.silence) as server:
        client = sdk.client(server.url, timeout=300, deadline=200, max_retries=1000)
        with pytest.raises(APITimeoutError, match="deadline") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.attempts == len(server.calls) == 2


def test_a_wait_that_the_deadline_leaves_no_time_for_is_not_begun(sdk: Variant) -> None:
    with FaultServer(steps.status(429, headers=[("Retry-After", "30")])) as server:
        client = sdk.client(server.url, deadline=20)
        begun = time.monotonic()
        with pytest.raises(RateLimitError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.retry_after == 30
        assert time.monotonic() - begun < MUCH_LATER


def test_without_a_timeout_the_deadline_bounds_as_well(sdk: Variant) -> None:
    with FaultServer(steps.silence) as server:
        client = sdk.client(server.url, deadline=DEADLINE, timeout=None)
        with in_time():
            sdk.run(OPERATIONS["analyze_prompt"](client))


def test_without_timeout_and_deadline_a_call_takes_its_time(sdk: Variant) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url, deadline=None, timeout=None)
        for operation in OPERATIONS.values():
            sdk.run(operation(client))


def test_the_longest_bounds_can_be_kept(sdk: Variant) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url, deadline=999_999_999, timeout=999_999_999)
        for operation in OPERATIONS.values():
            sdk.run(operation(client))


def test_without_a_deadline_the_timeout_bounds_each_try(sdk: Variant) -> None:
    with FaultServer(steps.drip_headers) as server:
        client = sdk.client(server.url, deadline=None, timeout=LONGER, max_retries=1)
        with pytest.raises(APITimeoutError, match="timeout") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.attempts == 2


def user_client(sdk: Variant) -> Any:
    """A caller's own client, whose waits nobody cuts on their way to the socket."""
    kind = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
    return kind(trust_env=False, verify=NO_TLS)


@over_both_libraries
@pytest.mark.parametrize("step", [steps.silence, steps.drip_body], ids=["silence", "drip"])
def test_a_deadline_bounds_calls_over_a_user_s_client(sdk: Variant, step: Step) -> None:
    with FaultServer(step) as server:
        httpx_client = user_client(sdk)
        client = sdk.client(server.url, deadline=DEADLINE, httpx_client=httpx_client)
        with in_time():
            sdk.run(OPERATIONS["analyze_prompt"](client))
        sdk.run(httpx_client.aclose if hasattr(httpx_client, "aclose") else httpx_client.close)


# ---- streams: the deadline bounds the opening, then only silence counts


def drip_stream(exchange: Exchange) -> None:
    """Goes on for longer than the deadline, and never falls silent."""
    exchange.send(head(200, [("Connection", "close")]))
    for _ in range(6):
        exchange.send(b'{"content":"x","finishReason":null}\n')
        exchange.wait(LONGER / 4)
    exchange.send(b'{"content":"","finishReason":"stop"}\n')


def test_a_stream_may_take_longer_than_the_deadline(sdk: Variant) -> None:
    with FaultServer(drip_stream) as server:
        client = sdk.client(server.url, deadline=LONGER, timeout=2)
        assert sdk.run(OPERATIONS["stream"](client)) == "x" * 6


def test_a_reader_may_take_longer_than_the_deadline(sdk: Variant) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url, deadline=LONGER)
        stream = client.prompt.stream(1, PROMPT)
        chunks = sdk.each(stream)
        next(chunks)
        time.sleep(LONGER * 1.5)
        assert len(list(chunks)) == 2


def test_a_stream_that_falls_silent_is_interrupted(sdk: Variant) -> None:
    def step(exchange: Exchange) -> None:
        exchange.send(head(200, [("Connection", "close")]))
        exchange.send(b'{"content":"so far","finishReason":null}\n')
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        client = sdk.client(server.url, timeout=LONGER)
        with pytest.raises(StreamInterruptedError, match="no answer within the timeout") as caught:
            sdk.run(OPERATIONS["stream"](client))
        assert caught.value.partial_text == "so far"
        assert caught.value.chunks_received == 1


def test_a_deadline_that_has_passed_does_not_keep_a_client_from_the_next_call(
    sdk: Variant,
) -> None:
    with FaultServer(steps.silence, good) as server:
        client = sdk.client(server.url, deadline=DEADLINE)
        with in_time():
            sdk.run(OPERATIONS["submit_prompt"](client))
        sdk.run(OPERATIONS["submit_prompt"](client.with_options(deadline=60)))
