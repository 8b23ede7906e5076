"""Traces and reports: they follow a call step by step, and what they raise breaks nothing."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any

import httpx
import pytest

from liminal import SyncClient
from liminal._calls.observing.observation import Observation
from liminal._calls.observing.observers import EVERY_CLIENT, Observers, Trace
from liminal._calls.observing.report import CallReport
from liminal._http.settings.server_url import parse_server_url
from liminal.auth import Token
from liminal.sandbox import Sandbox
from liminal_api.api.prompt import analyze_prompt
from liminal_api.types import Operation

LOGIN = "login_with_environment_token"


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SyncClient]:
    with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        yield client


class Steps(Trace):
    """Keeps what it is told, adds a header, and raises."""

    name = "a trace"

    def __init__(self, told: list[Any], operation: Operation[Any], above: Trace | None) -> None:
        self.operation = operation.id
        self.told = told
        told.append(("begin", self.operation, getattr(above, "operation", None)))

    def sends(self, headers: httpx.Headers, resends: int) -> AbstractContextManager[object]:
        headers["x-trace"] = f"{self.operation} {resends}"
        self.told.append(("sends", resends))
        raise OSError(headers)

    def notes(self, event: str, attributes: Any) -> None:
        self.told.append((event, *sorted(attributes)))

    def ended(self, report: CallReport) -> None:
        self.told.append(("ended", report.operation))
        raise ValueError(report)


def follow(told: list[Any]) -> Any:
    return lambda operation, server, above: Steps(told, operation, above)


def test_a_trace_follows_each_step_may_add_headers_and_breaks_no_call(sandbox, client, caplog):
    def fail(*_: object) -> Trace:
        raise KeyError(1)

    told: list[Any] = []
    plain = Trace()
    client.api.runner.observers.follows.update(
        broken=fail, steps=follow(told), plain=lambda *_: plain
    )
    sandbox.fail_next(503, headers={"retry-after": "0"}, path="/api/v1/threads")
    client.thread.get_available()
    assert told == [
        ("begin", "list_threads", None),
        ("begin", LOGIN, "list_threads"),
        ("sends", 0),
        ("ended", LOGIN),
        ("session_renewed",),
        ("sends", 0),
        ("retry", "delay", "error"),
        ("sends", 1),
        ("ended", "list_threads"),
    ]
    traces = [request.headers["x-trace"] for request in sandbox.requests]
    assert traces == [f"{LOGIN} 0", "list_threads 0", "list_threads 1"]
    assert Counter(caplog.messages) == {
        "telemetry raised KeyError": 2,
        "a trace raised OSError": 3,
        "a trace raised ValueError": 2,
    }


def test_a_trace_of_every_client_follows_calls_until_it_is_removed(client, monkeypatch):
    told: list[Any] = []
    monkeypatch.setitem(EVERY_CLIENT, "steps", follow(told))
    client.thread.get_available()
    monkeypatch.undo()
    seen = len(told)
    client.thread.get_available()
    assert seen == len(told) > 0


def test_a_report_has_all_its_fields(client):
    reports: list[CallReport] = []
    client.on_call(reports.append)
    client.thread.get_available()
    assert [CallReport(**vars(report)) for report in reports] == reports != []


def test_a_call_without_observers_runs_no_code_of_theirs(client):
    ran: set[str] = set()

    def note(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            ran.add(frame.f_code.co_filename)

    client.thread.get_available()
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        client.thread.get_available()
    finally:
        sys.setprofile(before)
    assert any(name.endswith("runner.py") for name in ran)
    assert not [name for name in ran if "/_calls/observing/" in name]


def test_a_body_in_parts_is_counted_as_it_is_read():
    observers = Observers(parse_server_url("https://api.example"))
    observation = Observation(analyze_prompt.OPERATION, observers, None)
    parts = iter(observation.counted(iter([b"ab", b"c"])))
    assert [(part, observation.bytes_sent) for part in parts] == [(b"ab", 2), (b"c", 3)]


def test_a_callback_that_makes_a_call_while_a_login_is_reported_gets_an_error(client, caplog):
    told: list[str] = []

    def call_again(report: CallReport) -> None:
        if report.is_login:
            told.append(report.operation)
            client.thread.get_available()

    client.on_call(call_again)
    client.thread.get_available()
    assert told == [LOGIN]
    assert caplog.messages == ["an on_call callback raised LiminalError"]
