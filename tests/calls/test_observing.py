"""Traces: they follow a call step by step, and what they raise breaks nothing."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from liminal import SyncClient
from liminal._calls.observing.observation import Observation
from liminal._calls.observing.observers import EVERY_CLIENT, Observers, Trace, added
from liminal._calls.observing.report import CallReport
from liminal.auth import Token
from liminal.sandbox import Sandbox
from liminal_api.types import Operation


class Steps(Trace):
    """Keeps what it is told."""

    def __init__(self, told: list[Any], operation: Operation[Any], above: Trace | None) -> None:
        self.operation = operation.id
        self._told = told
        self._told.append(("begin", self.operation, getattr(above, "operation", None)))

    def sends(self, headers: httpx.Headers, resends: int) -> None:
        headers["x-trace"] = f"{self.operation} {resends}"
        self._told.append(("sends", resends))

    def notes(self, event: str, attributes: Any) -> None:
        self._told.append((event, *sorted(attributes)))

    def ended(self, report: CallReport) -> None:
        self._told.append(("ended", report.operation))


def follow(told: list[Any]) -> Callable[[Operation[Any], Trace | None], Trace]:
    return lambda operation, above: Steps(told, operation, above)


def test_a_trace_is_told_each_step_and_may_add_headers() -> None:
    told: list[Any] = []
    with Sandbox() as sandbox, SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        added(follow(told), client.api.runner.observers.follows)
        sandbox.fail_next(503, headers={"retry-after": "0"}, path="/api/v1/threads")
        client.thread.get_available()
        traced = [request.headers["x-trace"] for request in sandbox.requests]
    login = "login_with_environment_token"
    assert told == [
        ("begin", "list_threads", None),
        ("begin", login, "list_threads"),
        ("sends", 0),
        ("ended", login),
        ("session_renewed",),
        ("sends", 0),
        ("retry", "delay", "error"),
        ("sends", 1),
        ("ended", "list_threads"),
    ]
    assert traced == [f"{login} 0", "list_threads 0", "list_threads 1"]


def test_what_follows_every_client_follows_until_it_is_taken_out() -> None:
    told: list[Any] = []
    with Sandbox() as sandbox, SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        remove = added(follow(told), EVERY_CLIENT)
        try:
            client.thread.get_available()
        finally:
            remove()
        seen = len(told)
        client.thread.get_available()
    assert seen == len(told) > 0


class Broken(Trace):
    name = "a broken trace"

    def sends(self, headers: httpx.Headers, resends: int) -> None:
        raise ValueError(dict(headers))


def test_what_a_trace_raises_breaks_no_call_and_is_logged_by_its_type(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(operation: Operation[Any], above: Trace | None) -> Trace:
        raise KeyError(operation)

    with Sandbox() as sandbox, SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        client.thread.get_available()
        follows = client.api.runner.observers.follows
        added(fail, follows)
        added(lambda operation, above: Broken(), follows)
        sandbox.fail_next(503, headers={"retry-after": "0"})
        client.thread.get_available()
    assert caplog.messages == [
        "a trace raised KeyError",
        "a broken trace raised ValueError",
        "a broken trace raised ValueError",
    ]


def test_a_body_in_parts_is_counted_as_it_is_read() -> None:
    from liminal_api.api.prompt import analyze_prompt

    observation = Observation(analyze_prompt.OPERATION, Observers(), None)
    parts = iter(observation.counted(iter([b"ab", b"c"])))
    assert (next(parts), observation.bytes_sent) == (b"ab", 2)
    assert (next(parts), observation.bytes_sent) == (b"c", 3)
