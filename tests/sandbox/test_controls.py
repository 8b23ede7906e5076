"""What a test can set and read while the sandbox serves."""

from typing import Any

import httpx
import pytest

from liminal.errors import LiminalError
from liminal.sandbox import Sandbox
from tests.sandbox.conftest import (
    ANALYZE,
    INSTANCES,
    LOGIN,
    ME,
    PROMPT,
    SUBMIT,
    THREADS,
    body,
    connect,
    log_in,
)


def statuses(client: httpx.Client, *paths: str) -> list[int]:
    return [client.get(path).status_code for path in paths]


def test_the_next_answers_fail_as_told(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fail_next(503, times=2, headers={"Retry-After": "1"})
    answer = client.get(INSTANCES)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["statusCode"] == 503
    assert statuses(client, INSTANCES, INSTANCES) == [503, 200]


def test_failures_come_one_after_another(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fail_next(500)
    sandbox.fail_next(502)
    assert statuses(client, INSTANCES, INSTANCES, INSTANCES) == [500, 502, 200]


@pytest.mark.parametrize("path", [ME, "/api/v1/users/*"])
def test_a_failure_can_be_kept_for_a_path(
    sandbox: Sandbox, client: httpx.Client, path: str
) -> None:
    sandbox.fail_next(500, path=path)
    assert statuses(client, INSTANCES, ME, ME) == [200, 500, 200]


def test_a_failure_comes_before_the_session_is_looked_at(
    sandbox: Sandbox, stranger: httpx.Client
) -> None:
    sandbox.fail_next(429)
    assert statuses(stranger, INSTANCES, INSTANCES) == [429, 401]


@pytest.mark.parametrize(
    ("given", "text", "content_type"),
    [
        ("<h1>no</h1>", "<h1>no</h1>", "text/html"),
        (b"\xff", "\ufffd", "text/html"),
        ({"a": 1}, '{"a":1}', "application/json"),
        ([], "[]", "application/json"),
        ("", "", "text/html"),
    ],
)
def test_a_failure_has_the_body_it_was_given(
    sandbox: Sandbox, client: httpx.Client, given: Any, text: str, content_type: str
) -> None:
    sandbox.fail_next(200, body=given)
    answer = client.get(INSTANCES)
    assert answer.text == text
    assert answer.headers["content-type"].startswith(content_type)


def test_a_failure_s_headers_replace_ours_and_may_come_twice(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    pairs = [
        ("Content-Type", "text/plain"),
        ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("X-Request-Id", "mine"),
        ("Set-Cookie", "session=a"),
        ("Set-Cookie", "session=b"),
    ]
    sandbox.fail_next(500, headers=pairs, body="x")
    answer = client.get(INSTANCES)
    assert [pair for pair in answer.headers.multi_items() if pair[0] != "content-length"] == [
        (name.lower(), value) for name, value in pairs
    ]


def test_an_answer_of_204_has_no_body(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fail_next(204)
    assert client.get(INSTANCES).content == b""
    assert client.get(INSTANCES).status_code == 200


def test_a_status_without_a_name_can_be_given(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fail_next(599)
    assert client.get(INSTANCES).json()["error"] == "Error"


def test_a_failed_request_is_not_carried_out(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fail_next(500)
    client.post(SUBMIT, json=body())
    assert sandbox.submits == 0


def test_a_failure_may_come_after_the_request_was_carried_out(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    sandbox.fail_next(500, processed=True)
    answer = client.post(SUBMIT, json=body())
    assert answer.status_code == 500
    assert "set-cookie" not in answer.headers
    assert sandbox.submits == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 100},
        {"status": 600},
        {"status": 500, "times": 0},
        {"status": 500, "headers": {"a": "b\r\nc: d"}},
        {"status": 500, "headers": {"a b": "c"}},
        {"status": 500, "headers": {"": "c"}},
        {"status": "503"},
        {"status": 503.0},
        {"status": 500, "times": 1.5},
        {"status": 500, "times": True},
        {"status": 500, "headers": "abc"},
        {"status": 500, "headers": {"a": 1}},
        {"status": 500, "headers": 3},
        {"status": 500, "headers": {"a": "\ud800"}},
        {"status": 500, "body": object()},
        {"status": 500, "body": {"a": object()}},
        {"status": 500, "body": "\ud800"},
        {"status": 500, "path": 3},
        {"status": 500, "processed": "x"},
    ],
)
def test_a_failure_that_can_t_be_is_refused(sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    with pytest.raises(
        LiminalError, match=f"failure's {list(wrong)[-1].removesuffix('s')}"
    ) as raised:
        sandbox.fail_next(**wrong)
    assert raised.value.__context__ is None


def test_a_failure_s_body_is_what_it_was_when_it_was_given(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    given = {"a": 1}
    sandbox.fail_next(500, body=given)
    given["a"] = 2
    assert client.get(INSTANCES).json() == {"a": 1}


@pytest.mark.parametrize(("processed", "carried_out"), [(False, 0), (True, 1)])
def test_a_dropped_connection_brings_no_answer(
    sandbox: Sandbox, client: httpx.Client, processed: bool, carried_out: int
) -> None:
    sandbox.drop_next(path=SUBMIT, processed=processed)
    assert client.get(INSTANCES).status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(SUBMIT, json=body())
    assert (sandbox.submits, sandbox.requests[-1].status) == (carried_out, 0)
    assert client.get(INSTANCES).status_code == 200


def test_a_drop_that_can_t_be_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(LiminalError, match="failure's times"):
        sandbox.drop_next(times=0)


@pytest.mark.parametrize("wrong", [{"after": -1}, {"after": "x"}, {"after": 1.5}, {"message": 3}])
def test_a_stream_s_failure_that_can_t_be_is_refused(
    sandbox: Sandbox, wrong: dict[str, Any]
) -> None:
    with pytest.raises(LiminalError, match=f"stream failure's {next(iter(wrong))}"):
        sandbox.fail_next_stream(**wrong)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["chunk_delay", "answer_delay"])
def test_a_delay_that_can_t_be_is_refused(name: str, seconds: float) -> None:
    with pytest.raises(LiminalError, match=name):
        Sandbox(**{name: seconds})  # type: ignore[arg-type]


def test_an_answer_can_be_delayed(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.answer_delay = 30
    with pytest.raises(httpx.ReadTimeout):
        client.get(INSTANCES, timeout=0.05)
    assert sandbox.answer_delay == 30
    sandbox.answer_delay = 0
    assert client.get(INSTANCES).status_code == 200


def test_requests_are_recorded_in_order(sandbox: Sandbox, client: httpx.Client) -> None:
    client.get(THREADS, params={"source": "sdk"})
    client.post(ANALYZE, json=body())
    login, listing, analysis = sandbox.requests
    assert (login.method, login.path, login.status) == ("POST", LOGIN, 200)
    assert login.headers["X-Test-Automation-API-Key"] == sandbox.token
    assert login.body is None
    assert (listing.path, listing.query) == (THREADS, "source=sdk")
    assert analysis.body["text"] == PROMPT
    assert login.time <= listing.time <= analysis.time


def test_a_record_has_the_answer_s_request_id(sandbox: Sandbox, client: httpx.Client) -> None:
    answer = client.get(INSTANCES)
    assert sandbox.requests[-1].request_id == answer.headers["x-request-id"]


def test_a_body_that_is_not_json_is_recorded_as_it_came(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    client.post(ANALYZE, content=b"{\xff")
    assert sandbox.requests[-1].body == b"{\xff"


def test_a_record_s_repr_hides_secrets(sandbox: Sandbox, client: httpx.Client) -> None:
    client.post(ANALYZE, json=body())
    shown = repr(sandbox.requests)
    assert f"<RecordedRequest POST {ANALYZE} -> 200>" in shown
    assert sandbox.token not in shown
    assert PROMPT not in shown


def test_beyond_keep_requests_the_oldest_are_forgotten() -> None:
    with Sandbox(keep_requests=1) as sandbox, connect(sandbox) as client:
        log_in(client)
        client.get(ME)
        assert [request.path for request in sandbox.requests] == [ME]


def test_the_list_of_requests_is_the_caller_s_own(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.requests.clear()
    assert len(sandbox.requests) == 1


def test_the_ledger_counts_logins_renewals_and_submits(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    log_in(client, "wrong")
    client.get(ME)
    client.post(SUBMIT, json=body())
    client.post(SUBMIT, json=body(isStreaming=True, text="other"))
    assert (sandbox.logins, sandbox.renewals, sandbox.submits) == (1, 1, 2)
    assert sandbox.doubled_submits == 0


def test_the_ledger_counts_submits_that_were_sent_twice(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    for thread in ({}, {"threadId": 1}, {"threadId": 1}):
        client.post(SUBMIT, json=body(**thread))
    assert (sandbox.submits, sandbox.doubled_submits) == (3, 1)


def test_the_sandbox_says_how_many_connections_are_open(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    assert sandbox.connections == 1
