"""Whatever comes in, the answer is JSON that says what is wrong: never a 500, never a traceback."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liminal.sandbox import Sandbox
from tests.sandbox.conftest import (
    ANALYZE,
    CLEANSE,
    HYDRATE,
    INSTANCES,
    LOGIN,
    PROMPT,
    SUBMIT,
    THREADS,
    body,
    connect,
)

FINDING = {
    "start": 9,
    "end": 21,
    "text": "Ada Lovelace",
    "type": "PERSON",
    "score": 0.85,
    "scoreCategory": "VERY LIKELY",
    "policyAction": "redact",
    "customTerm": None,
}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Give status and message of an error answer, having checked its form."""
    content = answer.json()
    assert content["statusCode"] == answer.status_code
    assert content["error"]
    assert answer.headers["x-request-id"]
    return answer.status_code, content["message"]


def without(source: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in source.items() if key != name}


@pytest.mark.parametrize("path", [ANALYZE, CLEANSE, HYDRATE, SUBMIT])
@pytest.mark.parametrize("name", ["modelInstanceId", "source", "text"])
def test_a_prompt_needs_its_fields(client: httpx.Client, path: str, name: str) -> None:
    answer = client.post(path, json=without(body(), name))
    assert refusal(answer) == (400, f"$.{name} is missing.")


@pytest.mark.parametrize("name", ["modelInstanceId", "source", "name"])
def test_a_thread_needs_its_fields(client: httpx.Client, name: str) -> None:
    whole = {"name": "n", "modelInstanceId": 1, "source": "sdk"}
    answer = client.post(THREADS, json=without(whole, name))
    assert refusal(answer) == (400, f"$.{name} is missing.")


@pytest.mark.parametrize(
    ("wrong", "status", "message"),
    [
        ({"text": None}, 400, "$.text should be a string."),
        ({"text": 1}, 400, "$.text should be a string."),
        ({"modelInstanceId": "1"}, 400, "$.modelInstanceId should be an integer."),
        ({"modelInstanceId": True}, 400, "$.modelInstanceId should be an integer."),
        ({"modelInstanceId": 1.5}, 400, "$.modelInstanceId should be an integer."),
        ({"modelInstanceId": 99}, 404, "There is no such model instance."),
        ({"modelInstanceId": -1}, 404, "There is no such model instance."),
        ({"modelInstanceId": 2}, 422, "The model instance has no model connections."),
        ({"source": "web"}, 400, '$.source should be "sdk".'),
        ({"source": 1}, 400, "$.source should be a string."),
        ({"threadId": "1"}, 400, "$.threadId should be an integer."),
        ({"threadId": 99}, 404, "There is no such thread."),
        ({"isStreaming": "yes"}, 400, "$.isStreaming should be true or false."),
        ({"findings": {}}, 400, "$.findings should be a list."),
        ({"findings": [1]}, 400, "$.findings[0] should be an object."),
    ],
)
def test_a_wrong_field_is_named(
    client: httpx.Client, wrong: dict[str, Any], status: int, message: str
) -> None:
    assert refusal(client.post(SUBMIT, json=body() | wrong)) == (status, message)


@pytest.mark.parametrize("path", [CLEANSE, HYDRATE, SUBMIT])
def test_null_means_the_same_as_absent_for_an_optional_field(
    sandbox: Sandbox, client: httpx.Client, path: str
) -> None:
    null = {"threadId": None, "findings": None, "isStreaming": None}
    assert client.post(path, json=body() | null).status_code == 200
    assert sandbox.threads_created == 1


def test_an_integer_may_be_written_as_a_float(client: httpx.Client) -> None:
    assert client.post(ANALYZE, json=body() | {"modelInstanceId": 1.0}).status_code == 200


@pytest.mark.parametrize("name", list(FINDING))
def test_a_finding_needs_all_its_fields(client: httpx.Client, name: str) -> None:
    answer = client.post(CLEANSE, json=body(findings=[FINDING, without(FINDING, name)]))
    assert refusal(answer) == (400, f"$.findings[1].{name} is missing.")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"start": "9"}, 400),
        ({"score": "1"}, 400),
        ({"score": True}, 400),
        ({"customTerm": 1}, 400),
        ({"policyAction": None}, 400),
        ({"start": -31}, 422),
        ({"start": 21}, 422),
        ({"end": 99}, 422),
        ({"text": "Ada"}, 422),
        ({"type": ""}, 422),
        ({"score": 1.1}, 422),
    ],
)
def test_a_finding_that_can_t_be_is_refused(
    client: httpx.Client, wrong: dict[str, Any], status: int
) -> None:
    answer = client.post(CLEANSE, json=body(findings=[FINDING | wrong]))
    assert refusal(answer)[0] == status


def test_overlapping_findings_give_one_placeholder(client: httpx.Client) -> None:
    inner = FINDING | {"end": 12, "text": "Ada"}
    answer = client.post(CLEANSE, json=body(findings=[inner, FINDING]))
    assert answer.json()["data"]["text"] == "Write to PERSON_0 at ada@example.com"


def test_a_refused_request_leaves_no_thread(sandbox: Sandbox, client: httpx.Client) -> None:
    client.post(CLEANSE, json=body(findings=[FINDING | {"end": 99}]))
    client.post(SUBMIT, json=body(isStreaming=1))
    assert sandbox.threads_created == 0


@pytest.mark.parametrize("name", ["", " "])
def test_a_thread_needs_a_name_that_is_not_blank(client: httpx.Client, name: str) -> None:
    request = {"name": name, "modelInstanceId": 1, "source": "sdk"}
    assert refusal(client.post(THREADS, json=request))[0] == 422


@pytest.mark.parametrize("query", ["", "?source=web", "?source"])
def test_threads_are_listed_for_a_source_only(client: httpx.Client, query: str) -> None:
    assert refusal(client.get(THREADS + query))[0] == 400


@pytest.mark.parametrize(
    ("thread_id", "status"),
    [("1", 404), ("-1", 404), ("x", 400), ("1.5", 400), ("9" * 5_000, 400), ("%D9%A1", 400)],
)
def test_a_thread_that_is_not_there_is_refused(
    client: httpx.Client, thread_id: str, status: int
) -> None:
    assert refusal(client.get(f"{THREADS}/{thread_id}"))[0] == status


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe\x00",
        b'{"text": NaN}',
        b'{"text": Infinity}',
        b"1" * 5_000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"data: {}",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert refusal(client.post(SUBMIT, content=content, headers=headers))[0] == 400


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_is_not_said_to_be_json_is_refused(
    client: httpx.Client, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = client.post(ANALYZE, content=json.dumps(body()).encode(), headers=headers)
    assert refusal(answer)[0] == 415


def test_the_content_type_may_have_parameters(client: httpx.Client) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    content = json.dumps(body()).encode()
    assert client.post(ANALYZE, content=content, headers=headers).status_code == 200


def test_a_lone_surrogate_is_text_like_any_other(client: httpx.Client) -> None:
    content = rb'{"modelInstanceId":1,"source":"sdk","text":"\ud800 Ada Lovelace"}'
    headers = {"Content-Type": "application/json"}
    answer = client.post(SUBMIT, content=content, headers=headers)
    assert rb'"inputText":"\ud800 Ada Lovelace"' in answer.content


@pytest.mark.parametrize("path", ["/", "/api/v1/prompts", "/api/v1/threads/", "/api/v2/threads"])
def test_an_unknown_path_is_404(client: httpx.Client, path: str) -> None:
    assert refusal(client.get(path))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", LOGIN, "POST"),
        ("POST", INSTANCES, "GET"),
        ("DELETE", THREADS, "GET, POST"),
        ("PUT", f"{THREADS}/1", "GET"),
        ("OPTIONS", SUBMIT, "POST"),
    ],
)
def test_another_method_is_405_and_says_which(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert refusal(answer)[0] == 405
    assert answer.headers["allow"] == allowed


def test_the_session_is_looked_at_before_the_body(stranger: httpx.Client) -> None:
    assert refusal(stranger.post(SUBMIT, content=b"{"))[0] == 401


def test_a_refusal_does_not_quote_the_prompt(client: httpx.Client) -> None:
    answer = client.post(CLEANSE, json=body(threadId=99))
    assert PROMPT not in answer.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
FIELDS = ["modelInstanceId", "source", "text", "threadId", "findings", "isStreaming", "name"]
FINDINGS = st.lists(
    st.fixed_dictionaries({name: JSON | st.just(value) for name, value in FINDING.items()}),
    max_size=2,
)
BODIES = st.dictionaries(st.sampled_from(FIELDS), JSON | FINDINGS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from([ANALYZE, CLEANSE, HYDRATE, SUBMIT, THREADS]), wrong=BODIES)
def test_any_json_is_answered(client: httpx.Client, path: str, wrong: dict[str, Any]) -> None:
    content = json.dumps(body(name="n") | wrong).encode()
    answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
    if answer.status_code != 200:
        assert refusal(answer)[0] in {400, 404, 422}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=64))
def test_any_bytes_are_answered(client: httpx.Client, content: bytes) -> None:
    answer = client.post(ANALYZE, content=content, headers={"Content-Type": "application/json"})
    assert refusal(answer)[0] == 400


def test_a_hook_that_fails_is_an_error_answer() -> None:
    def accept(token: str) -> bool:
        raise ValueError(token)

    with Sandbox(accept_provider_token=accept) as sandbox, connect(sandbox) as client:
        path = "/api/v1/auth/login/oauth/access-token"
        answer = client.get(path, headers={"Authorization": "Bearer secret"})
    assert refusal(answer) == (
        500,
        "The function given as accept_provider_token raised ValueError.",
    )


def test_a_thread_s_id_may_be_any_integer_however_long(client: httpx.Client) -> None:
    assert client.get(f"/api/v1/threads/{10**30}").status_code == 404
