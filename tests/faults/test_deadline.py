"""A deadline bounds the whole call, however slow the server is."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from liminal._async._calls import read as async_read
from liminal._http.body import AsyncResponseBody, ResponseBody
from liminal._http.http import AsyncHttp, Http
from liminal._http.sockets import deadline
from liminal._http.sockets.monotonic import monotonic
from liminal._sync._calls import read as sync_read
from liminal.auth import AuthProvider, SessionId
from liminal.errors import APIStatusError, APITimeoutError, RateLimitError
from tests.support.libraries import over_own_and_theirs
from tests.support.tasks import PATIENCE

from . import steps
from .operations import OPERATIONS, PROMPT
from .server import Exchange, FaultServer, Step, good, head, log_in

DEADLINE = 0.1
# Enough for a call to come as far as its test needs it to.
LONGER = 0.3
# Far less than any of these servers would take, far more than a busy machine needs.
MUCH_LATER = 15.0


@contextmanager
def takes(at_least: float, error: type[Exception], match: str | None = None) -> Iterator[Any]:
    """Raise this error, neither before its time nor much later."""
    begun = time.monotonic()
    with pytest.raises(error, match=match) as caught:
        yield caught
    assert at_least <= time.monotonic() - begun < MUCH_LATER


# What a sick server does to calls and to logins; a library's client, options.
Slow = tuple[list[Step], list[Step], Any, dict[str, Any]]
ENDED = steps.status(401)
SLOW: dict[str, Slow] = {
    "no answer": ([steps.silence], [], None, {}),
    "dripping headers": ([steps.drip_headers], [], None, {}),
    "no answer and no timeout": ([steps.silence], [], None, {"timeout": None}),
    "no answer to a login": ([], [steps.silence], None, {}),
    "dripping headers of a login": ([], [steps.drip_headers], None, {}),
    "a dripping body of a login": ([], [steps.drip_body], None, {}),
    "no answer to a renewal": ([ENDED], [log_in, steps.silence], None, {}),
    "dripping headers of a renewal": ([ENDED], [log_in, steps.drip_headers], None, {}),
    "no answer over httpx": ([steps.silence], [], httpx, {}),
    "no answer over httpx2": ([steps.silence], [], httpx2, {}),
}
SLOW_BODIES: dict[str, Slow] = {
    "a dripping body": ([steps.drip_body], [], None, {}),
    "a dripping body over httpx": ([steps.drip_body], [], httpx, {}),
    "a dripping body over httpx2": ([steps.drip_body], [], httpx2, {}),
}


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        *product(["analyze_prompt", "stream"], SLOW),
        *product(["submit_prompt"], SLOW_BODIES),  # that of a stream may be slow
    ],
)
def test_a_deadline_bounds_a_call_and_the_next_one_is_served(sdk, operation, what):
    plan, logins, library, options = (SLOW | SLOW_BODIES)[what]
    sick = [True]

    def while_sick(step, otherwise):
        def either(exchange):
            (step if sick else otherwise)(exchange)

        return either

    with FaultServer(
        *[while_sick(step, good) for step in plan],
        logins=[while_sick(step, log_in) for step in logins or [log_in]],
    ) as server:
        client = sdk.client(server.url, httpx_client=sdk.user_client(library), **options)
        with takes(DEADLINE, APITimeoutError, "deadline"):
            sdk.run(OPERATIONS[operation](client.with_options(deadline=DEADLINE)))
        sick.clear()
        sdk.run(OPERATIONS[operation](client.with_options(deadline=60)))


def test_a_deadline_bounds_a_server_that_is_slow_to_read(sdk):
    with FaultServer() as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        server.read_slowly = True
        quick = client.with_options(deadline=DEADLINE)
        with takes(DEADLINE, APITimeoutError, "deadline"):
            sdk.run(lambda: quick.prompt.analyze(1, "x" * 50_000_000))


class SlowProvider(AuthProvider):
    """Takes longer than a call may take, and may hold up its event loop."""

    def __init__(self, holds_up: bool) -> None:
        self._holds_up = holds_up

    def get_access_token_sync(self) -> str:
        time.sleep(DEADLINE * 2)
        return "late"

    async def get_access_token(self) -> str:
        if not self._holds_up:
            await anyio.sleep(DEADLINE * 2)
        return self.get_access_token_sync()


@pytest.mark.parametrize("holds_up", [False, True])
def test_nothing_is_sent_after_a_provider_that_overran_the_deadline(sdk, holds_up):
    with FaultServer() as server:
        client = sdk.client(server.url, deadline=DEADLINE, auth=SlowProvider(holds_up))
        with takes(DEADLINE, APITimeoutError, "deadline") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.operation == "analyze_prompt"
        assert caught.value.attempts == len(server.requests) == 0
        assert not caught.value.may_have_been_processed


@pytest.fixture
def passed(monkeypatch):
    """How many seconds the clock is moved by."""
    passed: list[float] = []
    monkeypatch.setattr(deadline, "monotonic", lambda: monotonic() + sum(passed))
    return passed


def test_a_deadline_bounds_the_tries_together(sdk, passed):
    """The first try takes 199.5 s: the second gets what is left of 200 s."""

    def slow(exchange):
        passed.append(199.5)
        exchange.answer(503, {})

    with FaultServer(slow, steps.silence) as server:
        client = sdk.client(server.url, timeout=300, deadline=200, max_retries=1000)
        with takes(0, APITimeoutError, "deadline") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.attempts == len(server.calls) == 2


@over_own_and_theirs
def test_the_time_of_a_login_is_taken_from_that_of_its_call(sdk, theirs, passed):
    def log_in_slowly(exchange):
        passed.append(60)
        log_in(exchange)

    with FaultServer(steps.silence, logins=[log_in_slowly]) as server:
        user_client = sdk.user_client(theirs)
        client = sdk.client(server.url, httpx_client=user_client, deadline=60.5)
        with takes(0, APITimeoutError, "deadline"):
            sdk.run(OPERATIONS["analyze_prompt"](client))


def test_a_wait_that_overruns_the_deadline_raises_the_last_answer_s_error(sdk, passed, monkeypatch):
    monkeypatch.setattr(Http, "pause", lambda *_: passed.append(3600))

    async def pause(*_):
        passed.append(3600)

    monkeypatch.setattr(AsyncHttp, "pause", pause)
    with FaultServer(steps.status(429, headers=[("Retry-After", "0.01")])) as server:
        client = sdk.client(server.url, deadline=1000)
        with pytest.raises(RateLimitError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        assert caught.value.attempts == len(server.calls) == 1


@pytest.mark.parametrize(
    "bounds",
    [{"deadline": None, "timeout": LONGER}, {"timeout": httpx.Timeout(60, read=LONGER)}],
    ids=["no deadline", "a part of an httpx.Timeout"],
)
def test_a_timeout_bounds_each_try(sdk, bounds):
    with FaultServer(steps.silence) as server:
        client = sdk.client(server.url, auth=SessionId("s"), max_retries=1, **bounds)
        with takes(2 * LONGER, APITimeoutError, "timeout") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.attempts == len(server.calls) == 2


@pytest.mark.parametrize("seconds", [None, 999_999_999])
def test_a_call_without_bounds_or_with_huge_ones_is_served(sdk, seconds):
    with FaultServer() as server:
        client = sdk.client(server.url, deadline=seconds, timeout=seconds)
        for operation in OPERATIONS.values():
            sdk.run(operation(client))


# ---- the body of an error


def drip_error(exchange: Exchange) -> None:
    exchange.send(head(404, [("Content-Length", "100000")]))
    exchange.drip(b" " * 100_000)


@over_own_and_theirs
@pytest.mark.parametrize("step", [steps.without_its_body(404), drip_error], ids=["none", "drip"])
def test_an_error_waits_two_seconds_for_its_body_and_no_longer(sdk, step, theirs, monkeypatch):
    for read in (async_read, sync_read):
        assert read._BODY_SECONDS == 2.0
        monkeypatch.setattr(read, "_BODY_SECONDS", DEADLINE)  # a test has no two seconds
    with FaultServer(step) as server:
        client = sdk.client(server.url, httpx_client=sdk.user_client(theirs))
        with takes(DEADLINE, APIStatusError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        assert caught.value.body is None


def test_an_error_waits_for_its_body_half_of_what_the_deadline_leaves(sdk, passed, monkeypatch):
    """So that the status, which is known by now, is what the call raises."""

    def late(exchange):
        passed.append(199)
        drip_error(exchange)

    for read in (async_read, sync_read):
        monkeypatch.setattr(read, "_BODY_SECONDS", 60)
    with FaultServer(late) as server:
        client = sdk.client(server.url, auth=SessionId("s"), deadline=200, timeout=None)
        with takes(0, APIStatusError):
            sdk.run(OPERATIONS["analyze_prompt"](client))


def test_an_error_whose_body_is_not_waited_for_leaves_no_connection(sdk, monkeypatch):
    @contextmanager
    def over(*_):
        raise TimeoutError
        yield

    monkeypatch.setattr(ResponseBody, "bounded", over)
    monkeypatch.setattr(AsyncResponseBody, "bounded", over)
    with FaultServer(steps.status(500)) as server:
        client = sdk.client(server.url)
        with pytest.raises(APIStatusError):
            sdk.run(OPERATIONS["submit_prompt"](client))
        server.wait_for(connections=0)


# ---- streams: the deadline bounds the opening, then only silence counts


def test_a_stream_and_its_reader_may_take_longer_than_the_deadline(sdk, passed):
    def pausing(exchange):
        exchange.send(head(200, [("Connection", "close")]))
        for reason in ("null", '"stop"'):
            exchange.send(b'{"content":"x","finishReason":%s}\n' % reason.encode())
            assert going_on.wait(PATIENCE)

    going_on = threading.Event()
    with FaultServer(pausing) as server:
        chunks = sdk.each(sdk.client(server.url, deadline=200).prompt.stream(1, PROMPT))
        assert next(chunks).content == "x"
        passed.append(300)
        threading.Timer(0.05, going_on.set).start()  # so that the reader waits for the rest
        assert [chunk.content for chunk in chunks] == ["x"]
