"""Any bad request is answered by JSON that says what is wrong: never a 500, never a traceback.

Schemathesis tries much more of what the contract forbids: tests/regeneration/test_sandbox_agrees.py
"""

import json

import httpx
import pytest

from tests.faults.wire import FINDING

from .conftest import PROMPT, bearer, body, serving
from .paths import ANALYZE, CLEANSE, HYDRATE, LOGIN, ME, PROVIDER_LOGIN, SUBMIT, THREADS

FIELDS = ["modelInstanceId", "source", "text"]
REQUIRED = dict.fromkeys([ANALYZE, CLEANSE, HYDRATE, SUBMIT], FIELDS)
REQUIRED[THREADS] = ["modelInstanceId", "source", "name"]
MISSING = ...
OFFSETS = "does not match the text: its offsets count code points."


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Check the form of an error answer; return its status and message."""
    content = answer.json()
    assert content["statusCode"] == answer.status_code
    assert content["error"]
    assert answer.headers["x-request-id"]
    return answer.status_code, content["message"]


def changed(whole: dict[str, object], wrong: dict[str, object]) -> dict[str, object]:
    """Change fields; remove those that are ``MISSING``."""
    return {name: value for name, value in (whole | wrong).items() if value is not MISSING}


def post(
    client: httpx.Client, path: str, content: bytes, content_type: str | None = "application/json"
) -> httpx.Response:
    headers = {} if content_type is None else {"Content-Type": content_type}
    return client.post(path, content=content, headers=headers)


@pytest.mark.parametrize(
    ("path", "wrong", "status", "message"),
    [
        *(
            (path, {name: MISSING}, 400, f"$.{name} is missing.")
            for path, names in REQUIRED.items()
            for name in names
        ),
        (THREADS, {"name": ""}, 422, "$.name should not be empty."),
        (THREADS, {"name": " "}, 422, "$.name should not be empty."),
        (SUBMIT, {"text": None}, 400, "$.text should be a string."),
        (SUBMIT, {"text": 1}, 400, "$.text should be a string."),
        (SUBMIT, {"modelInstanceId": "1"}, 400, "$.modelInstanceId should be an integer."),
        (SUBMIT, {"modelInstanceId": True}, 400, "$.modelInstanceId should be an integer."),
        (SUBMIT, {"modelInstanceId": 1.5}, 400, "$.modelInstanceId should be an integer."),
        (SUBMIT, {"modelInstanceId": 99}, 404, "There is no such model instance."),
        (SUBMIT, {"modelInstanceId": -1}, 404, "There is no such model instance."),
        (SUBMIT, {"modelInstanceId": 2}, 422, "The model instance has no model connections."),
        (SUBMIT, {"source": "web"}, 400, '$.source should be "sdk".'),
        (SUBMIT, {"source": 1}, 400, "$.source should be a string."),
        (SUBMIT, {"threadId": "1"}, 400, "$.threadId should be an integer."),
        (SUBMIT, {"threadId": 99}, 404, "There is no such thread."),
        (SUBMIT, {"isStreaming": "yes"}, 400, "$.isStreaming should be true or false."),
        (SUBMIT, {"findings": {}}, 400, "$.findings should be a list."),
        (SUBMIT, {"findings": [1]}, 400, "$.findings[0] should be an object."),
    ],
    ids=str,
)
def test_a_wrong_field_is_named(client, path, wrong, status, message):
    answer = client.post(path, json=changed(body(name="n"), wrong))
    assert refusal(answer) == (status, message)


@pytest.mark.parametrize(
    ("wrong", "status", "message"),
    [
        *(({name: MISSING}, 400, f".{name} is missing.") for name in FINDING),
        ({"start": "9"}, 400, ".start should be an integer."),
        ({"score": "1"}, 400, ".score should be a number."),
        ({"score": True}, 400, ".score should be a number."),
        ({"customTerm": 1}, 400, ".customTerm should be a string or null."),
        ({"policyAction": None}, 400, ".policyAction should be a string."),
        ({"start": -31}, 422, f" {OFFSETS}"),
        ({"start": 21}, 422, f" {OFFSETS}"),
        ({"end": 99}, 422, f" {OFFSETS}"),
        ({"text": "Ada"}, 422, f" {OFFSETS}"),
        ({"type": ""}, 422, ".type should not be empty."),
        ({"score": 1.1}, 422, ".score should be 0 to 1."),
    ],
    ids=str,
)
def test_a_wrong_field_of_a_finding_is_named(client, wrong, status, message):
    answer = client.post(CLEANSE, json=body(findings=[FINDING, changed(FINDING, wrong)]))
    assert refusal(answer) == (status, f"$.findings[1]{message}")


@pytest.mark.parametrize("path", [CLEANSE, HYDRATE, SUBMIT])
def test_null_means_the_same_as_absent_for_an_optional_field(sandbox, client, path):
    null = {"threadId": None, "findings": None, "isStreaming": None}
    assert client.post(path, json=body() | null).status_code == 200
    assert sandbox.threads_created == 1


def test_overlapping_findings_give_one_placeholder(client):
    inner = FINDING | {"end": 12, "text": "Ada"}
    answer = client.post(CLEANSE, json=body(findings=[inner, FINDING]))
    assert answer.json()["data"]["text"] == "Write to PERSON_0 at ada@example.com"


def test_a_refused_request_leaves_no_thread(sandbox, client):
    client.post(CLEANSE, json=body(findings=[FINDING | {"end": 99}]))
    client.post(SUBMIT, json=body(isStreaming=1))
    assert sandbox.threads_created == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((path, 404) for path in ("/", "/api/v1/prompts", "/api/v1/threads/", "/api/v2/threads")),
        *((THREADS + query, 400) for query in ("", "?source=web", "?source")),
        *((f"{THREADS}/{unknown}", 404) for unknown in (1, -1, 10**30)),
        *((f"{THREADS}/{malformed}", 400) for malformed in ("x", "1.5", "9" * 5_000, "%D9%A1")),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_path_or_query_is_refused(client, path, status):
    assert refusal(client.get(path))[0] == status


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", LOGIN, "POST"), ("DELETE", THREADS, "GET, POST"), ("PUT", f"{THREADS}/1", "GET")],
)
def test_another_method_is_405_and_says_which(client, method, path, allowed):
    answer = client.request(method, path)
    assert (refusal(answer)[0], answer.headers["allow"]) == (405, allowed)


NO_OBJECT = [b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe\x00", b"data: {}"]
NO_JSON = [b'{"text": NaN}', b'{"text": Infinity}']
TOO_MUCH = [b"1" * 5_000, b"[" * 100_000, b'{"a":' * 100_000]


@pytest.mark.parametrize("content", NO_OBJECT + NO_JSON + TOO_MUCH, ids=lambda value: value[:9])
def test_a_body_that_is_not_a_json_object_is_refused(client, content):
    assert refusal(post(client, SUBMIT, content))[0] == 400


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (None, 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("Application/JSON; charset=utf-8", 200),
    ],
)
def test_a_body_needs_the_json_content_type(client, content_type, status):
    answer = post(client, ANALYZE, json.dumps(body()).encode(), content_type)
    assert answer.status_code == status
    assert status == 200 or refusal(answer)


def test_an_integer_may_be_written_as_a_float(client):
    assert client.post(ANALYZE, json=body() | {"modelInstanceId": 1.0}).status_code == 200


def test_a_lone_surrogate_is_text_like_any_other(client):
    content = rb'{"modelInstanceId":1,"source":"sdk","text":"\ud800 Ada Lovelace"}'
    assert rb'"inputText":"\ud800 Ada Lovelace"' in post(client, SUBMIT, content).content


def test_the_session_is_checked_before_the_body(stranger):
    assert refusal(stranger.post(SUBMIT, content=b"{"))[0] == 401


def test_a_refusal_does_not_quote_the_prompt(client):
    assert PROMPT not in client.post(CLEANSE, json=body(threadId=99)).text


@pytest.mark.parametrize("name", ["model", "accept_provider_token"])
def test_a_failing_function_is_a_500_and_the_server_continues(name):
    def fail(text):
        raise KeyError(text)

    with serving(**{name: fail}) as (_, client):
        if name == "model":
            answer = client.post(SUBMIT, json=body())
        else:
            answer = client.get(PROVIDER_LOGIN, headers=bearer("secret"))
        assert refusal(answer) == (500, f"The function given as {name} raised KeyError.")
        assert client.get(ME).status_code == 200
