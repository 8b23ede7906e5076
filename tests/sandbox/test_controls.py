"""What a sandbox can be given, set and asked for, and what it refuses."""

from typing import Any

import httpx
import pytest

from liminal.errors import LiminalError
from liminal.sandbox import Sandbox

from .conftest import PROMPT, body, connect, log_in, serving
from .paths import ANALYZE, INSTANCES, LOGIN, ME, SUBMIT, THREADS


def statuses(client: httpx.Client, *paths: str) -> list[int]:
    return [client.get(path).status_code for path in paths]


def test_failures_are_used_in_order_and_as_often_as_set(sandbox, client):
    sandbox.fail_next(503, times=2, headers={"Retry-After": "1"})
    sandbox.fail_next(502)
    answer = client.get(INSTANCES)
    assert (answer.headers["retry-after"], answer.json()["statusCode"]) == ("1", 503)
    assert statuses(client, INSTANCES, INSTANCES, INSTANCES) == [503, 502, 200]


@pytest.mark.parametrize("path", [ME, "/api/v1/users/*"])
def test_a_failure_can_be_limited_to_a_path(sandbox, client, path):
    sandbox.fail_next(500, path=path)
    assert statuses(client, INSTANCES, ME, ME) == [200, 500, 200]


def test_a_failure_precedes_the_check_of_the_session(sandbox, stranger):
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
def test_a_failure_has_the_given_body(sandbox, client, given, text, content_type):
    sandbox.fail_next(200, body=given)
    if isinstance(given, dict):
        given["later"] = 2
    answer = client.get(INSTANCES)
    assert answer.text == text
    assert answer.headers["content-type"].startswith(content_type)


def test_a_failure_s_headers_replace_the_default_ones_and_may_repeat(sandbox, client):
    pairs = [
        ("content-type", "text/plain"),
        ("date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("x-request-id", "mine"),
        ("set-cookie", "session=a"),
        ("set-cookie", "session=b"),
    ]
    sandbox.fail_next(500, headers=[(name.title(), value) for name, value in pairs], body="x")
    answer = client.get(INSTANCES)
    assert [pair for pair in answer.headers.multi_items() if pair[0] != "content-length"] == pairs


def test_an_answer_of_204_has_no_body_and_599_is_an_error(sandbox, client):
    sandbox.fail_next(204)
    sandbox.fail_next(599)
    assert client.get(INSTANCES).content == b""
    assert client.get(INSTANCES).json()["error"] == "Error"


@pytest.mark.parametrize("processed", [False, True])
def test_with_processed_a_failed_or_dropped_request_is_carried_out(sandbox, client, processed):
    sandbox.fail_next(500, processed=processed)
    sandbox.drop_next(path=SUBMIT, processed=processed)
    answer = client.post(SUBMIT, json=body())
    assert answer.status_code == 500
    assert "set-cookie" not in answer.headers
    assert sandbox.submits == processed
    assert client.get(INSTANCES).status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(SUBMIT, json=body())
    assert (sandbox.submits, sandbox.requests[-1].status) == (2 * processed, 0)
    assert client.get(INSTANCES).status_code == 200


HEADERS = [{"a": "b\r\nc: d"}, {"a b": "c"}, {"": "c"}, "abc", {"a": 1}, 3, {"a": "\ud800"}]
WRONG: dict[str, dict[str, list[Any]]] = {
    "fail_next": {
        "status": [100, 600, "503", 503.0],
        "times": [0, 1.5, True],
        "headers": HEADERS,
        "body": [object(), {"a": object()}, "\ud800"],
        "path": [3],
        "processed": ["x"],
    },
    "drop_next": {"times": [0]},
    "fail_next_stream": {"after": [-1, "x", 1.5], "message": [3]},
}


@pytest.mark.parametrize(
    ("control", "name"), [(control, name) for control in WRONG for name in WRONG[control]]
)
def test_an_invalid_failure_is_refused(sandbox, control, name):
    options = {"status": 500} if control == "fail_next" else {}
    for value in WRONG[control][name]:
        with pytest.raises(LiminalError, match=f"failure's {name.removesuffix('s')}") as raised:
            getattr(sandbox, control)(**options | {name: value})
        assert raised.value.__context__ is None


def test_an_answer_can_be_delayed(sandbox, client):
    sandbox.answer_delay = 30
    with pytest.raises(httpx.ReadTimeout):
        client.get(INSTANCES, timeout=0.05)
    assert sandbox.answer_delay == 30
    sandbox.answer_delay = 0
    assert client.get(INSTANCES).status_code == 200


def test_requests_are_recorded_in_order_and_with_the_answer_s_request_id(sandbox, client):
    client.get(THREADS, params={"source": "sdk"})
    answer = client.post(ANALYZE, json=body())
    login, listing, analysis = sandbox.requests
    assert (login.method, login.path, login.status) == ("POST", LOGIN, 200)
    assert login.headers["X-Test-Automation-API-Key"] == sandbox.token
    assert login.body is None
    assert (listing.path, listing.query) == (THREADS, "source=sdk")
    assert analysis.body["text"] == PROMPT
    assert analysis.request_id == answer.headers["x-request-id"]
    assert login.time <= listing.time <= analysis.time


def test_a_body_that_is_not_json_is_recorded_as_it_came(sandbox, client):
    client.post(ANALYZE, content=b"{\xff")
    assert sandbox.requests[-1].body == b"{\xff"


def test_a_record_s_repr_hides_secrets(sandbox, client):
    client.post(ANALYZE, json=body())
    shown = repr(sandbox.requests)
    assert f"<RecordedRequest POST {ANALYZE} -> 200>" in shown
    assert sandbox.token not in shown
    assert PROMPT not in shown


def test_the_last_requests_are_kept_and_returned_as_a_copy():
    with serving(keep_requests=1) as (sandbox, client):
        client.get(ME)
        sandbox.requests.clear()
        assert [request.path for request in sandbox.requests] == [ME]


def test_the_ledger_counts_logins_renewals_and_submits(sandbox, client):
    log_in(client, "wrong")
    client.get(ME)
    client.post(SUBMIT, json=body())
    client.post(SUBMIT, json=body(isStreaming=True, text="other"))
    assert (sandbox.logins, sandbox.renewals, sandbox.submits) == (1, 1, 2)
    assert (sandbox.doubled_submits, sandbox.connections) == (0, 1)


def test_a_submit_to_the_same_thread_that_was_sent_twice_is_counted_as_doubled(sandbox, client):
    for thread in ({}, {"threadId": 1}, {"threadId": 1}):
        client.post(SUBMIT, json=body(**thread))
    assert (sandbox.submits, sandbox.doubled_submits) == (3, 1)


# ---- options

HUGE = 10**400  # larger than any float
NAN, INFINITY = float("nan"), float("inf")
WRONG_OPTIONS: dict[str, list[Any]] = {
    "token": ["", "a\nb", "é", None, b"x"],
    "port": [-1, 65_536, "x", 1.5, True],
    "session_ttl": [0, NAN, "x", True, HUGE],
    "session_uses": [0, 1.5],
    "roll_sessions": ["x"],
    "roll_grace": [-1, "x", HUGE],
    "stream_format": ["xml", {}],
    "terms": [{" ": "A"}, {"a": ""}, 3, ["a"], {1: "A"}, {"a": 1}],
    "phone_region": [{}, "us"],
    "model": [3],
    "model_instances": [None, ["a"], {1: ["a"]}, {"a": "openai/gpt-4o"}, {"a": None}, {"a": [1]}],
    "threads": [None, "a", [1]],
    "accept_provider_token": [3],
    "keep_requests": [-1, 1.5, HUGE],
    "keep_threads": [0, None],
    "chunk_delay": [-1, NAN, INFINITY, None, HUGE],
    "answer_delay": [-1, NAN, INFINITY, "x", HUGE],
}


@pytest.mark.parametrize("name", WRONG_OPTIONS)
def test_an_invalid_option_is_refused_by_its_name(name):
    for value in WRONG_OPTIONS[name]:
        with pytest.raises(LiminalError, match=f"can't be set up: {name} "):
            Sandbox(**{name: value})


def test_threads_need_a_model_instance_that_is_usable():
    with pytest.raises(LiminalError, match="can't be set up: threads "):
        Sandbox(threads=["a"], model_instances={"b": []})


@pytest.mark.parametrize("name", ["chunk_delay", "answer_delay", "accept_provider_token"])
def test_attributes_are_validated_when_they_are_set(sandbox, name):
    with pytest.raises(LiminalError, match=f"can't be set up: {name} "):
        setattr(sandbox, name, "x")


@pytest.mark.parametrize("seconds", [None, INFINITY])
def test_a_time_may_be_unlimited(seconds):
    sandbox = Sandbox(session_ttl=seconds, roll_grace=seconds)
    with sandbox, connect(sandbox) as client:
        assert "max-age" not in log_in(client).headers["set-cookie"].lower()
