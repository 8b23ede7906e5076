# Derived from tests/_async/test_bad_input.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Slips of a caller and lapses of a server: each gives one clear error."""

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from liminal import (
    APIStatusError,
    AuthError,
    LiminalError,
    ModelInstanceUnknownError,
    RequestError,
    ResponseValidationError,
    SyncClient,
)
from liminal.auth import Token
from liminal.sandbox import Sandbox

Call = Callable[[SyncClient], Any]

ANALYZE = "/api/v1/prompts/analyze"
LOGIN = "/api/v1/auth/test-automation/login"
PAGE = "<!DOCTYPE html>\n<html><body>Down for maintenance, ticket 4711</body></html>\n"
PROMPT = "the prompt that nobody may see"


# ---- the address


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://api.my-tenant.liminal.ai", "must begin with https://"),
        ("ws://127.0.0.1", "must begin with https://"),
        ("api.my-tenant.liminal.ai", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("", "must begin with https://"),
        ("http://api.my-tenant.liminal.ai", "must be https://"),
        ("http://127.0.0.1.nip.io", "must be https://"),
        ("https://user:secret@api.my-tenant.liminal.ai", "user name or password"),
        ("https://api.my-tenant.liminal.ai/api/v1", "must be an origin"),
        ("https://api.my-tenant.liminal.ai?x=secret", "must be an origin"),
        ("https://api.my-tenant.liminal.ai#secret", "must be an origin"),
        ("https://[::1", "is not a URL"),
        ("https://a\r\nb", "is not a URL"),
        (None, "is not a URL"),
        (b"https://api.my-tenant.liminal.ai", "is not a URL"),
    ],
)
def test_a_wrong_address_is_refused_before_anything_is_sent(url: Any, reason: str) -> None:
    with pytest.raises(LiminalError, match=reason) as caught:
        SyncClient(url, auth=Token("a-token"))
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_a_wrong_address_is_refused_by_each_way_in() -> None:
    for enter in (
        SyncClient.authenticate_from_token,
        SyncClient.authenticate_from_session_id,
        SyncClient.authenticate_from_auth_provider,
    ):
        with pytest.raises(LiminalError, match="must begin with https://"):
            enter("ftp://127.0.0.1", "x")  # type: ignore[arg-type, operator]


def test_a_slash_at_the_address_s_end_is_no_harm(sandbox: Sandbox) -> None:
    with SyncClient(sandbox.url + "/", auth=Token(sandbox.token)) as client:
        assert client.thread.get_available()


# ---- the secrets


@pytest.mark.parametrize("token", ["", "to\r\nken", "to ken", "tökén", "to\0ken", None, b"token"])
def test_a_token_that_no_header_can_hold_is_refused(sandbox: Sandbox, token: Any) -> None:
    with pytest.raises(AuthError) as caught:
        SyncClient.authenticate_from_token(sandbox.url, token)
    assert "ken" not in str(caught.value).replace("Token", "")
    assert sandbox.requests == []


@pytest.mark.parametrize("session_id", ["", "a;b", "a\r\nb", "a b", 'a,"b', "ä", None])
def test_a_session_id_that_no_cookie_can_hold_is_refused(sandbox: Sandbox, session_id: Any) -> None:
    with pytest.raises(AuthError):
        SyncClient.authenticate_from_session_id(sandbox.url, session_id)
    assert sandbox.requests == []


@pytest.mark.parametrize("auth", ["a-token", 5, object(), Token])
def test_what_can_t_sign_in_is_refused(auth: Any) -> None:
    with pytest.raises(LiminalError):
        SyncClient("http://127.0.0.1:9", auth=auth)


def test_a_client_without_a_way_to_sign_in_says_so(sandbox: Sandbox) -> None:
    with SyncClient(sandbox.url) as client:
        with pytest.raises(AuthError, match="no way to sign in"):
            client.thread.get_available()
    assert sandbox.requests == []


# ---- the options


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("timeout", [0, -1, float("nan"), float("inf"), "5", True]),
        ("deadline", [0, -1, float("nan"), float("inf"), "5", True]),
        ("max_retries", [-1, 1.5, "2", None, True]),
        ("max_body_bytes", [0, -1, 1.5, None]),
        ("max_event_bytes", [0, -1, 1.5, None]),
    ],
)
def test_an_option_out_of_its_range_is_refused(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(LiminalError, match=name):
            SyncClient("http://127.0.0.1:9", **{name: value})


# ---- the arguments of a call

ID_TAKERS: dict[str, Callable[[SyncClient, Any], Any]] = {
    "get_by_id": lambda client, value: client.thread.get_by_id(value),
    "create": lambda client, value: client.thread.create(value, "name"),
    "analyze": lambda client, value: client.prompt.analyze(value, PROMPT),
    "cleanse": lambda client, value: client.prompt.cleanse(value, PROMPT),
    "submit": lambda client, value: client.prompt.submit(value, PROMPT),
    "hydrate": lambda client, value: client.prompt.hydrate(value, PROMPT),
    "cleanse in": lambda client, value: client.prompt.cleanse(1, PROMPT, thread_id=value),
    "submit in": lambda client, value: client.prompt.submit(1, PROMPT, thread_id=value),
    "hydrate in": lambda client, value: client.prompt.hydrate(1, PROMPT, thread_id=value),
}


@pytest.mark.parametrize("name", ID_TAKERS)
def test_an_id_is_a_whole_number_and_not_negative(
    client: SyncClient, sandbox: Sandbox, name: str
) -> None:
    for value in (-1, 1.5, "1", True, "../users/me"):
        with pytest.raises(LiminalError, match="must be an id"):
            ID_TAKERS[name](client, value)
    assert sandbox.requests == []


@pytest.mark.parametrize("thread_id", [-1, "1"])
def test_a_stream_checks_its_arguments_at_once(client: SyncClient, thread_id: Any) -> None:
    with pytest.raises(LiminalError, match="thread_id must be an id"):
        client.prompt.stream(1, PROMPT, thread_id=thread_id)


@pytest.mark.parametrize("prompt", [None, 5, b"bytes", ["text"]])
def test_a_prompt_is_text(client: SyncClient, sandbox: Sandbox, prompt: Any) -> None:
    with pytest.raises(LiminalError, match="prompt must be a str"):
        client.prompt.analyze(1, prompt)
    assert sandbox.requests == []


@pytest.mark.parametrize("name", ["", " \t\n"])
def test_a_thread_s_name_is_not_empty(client: SyncClient, sandbox: Sandbox, name: str) -> None:
    with pytest.raises(LiminalError, match="name must not be empty"):
        client.thread.create(1, name)
    assert sandbox.requests == []


@pytest.mark.parametrize("findings", ["text", b"text", [{"start": 0}], 5, {"findings": []}, [None]])
def test_findings_are_those_of_analyze(client: SyncClient, sandbox: Sandbox, findings: Any) -> None:
    with pytest.raises(LiminalError, match="findings must be an AnalyzeResponse or a list"):
        client.prompt.cleanse(1, PROMPT, findings=findings)
    assert sandbox.requests == []


# ---- model instances


def test_an_unknown_model_instance_is_an_error_of_its_own(client: SyncClient) -> None:
    with pytest.raises(
        ModelInstanceUnknownError, match="no model instance has that name"
    ) as caught:
        client.llm.get_model_instance("Sandbox-Model")
    assert caught.value.operation == "list_model_instances"


def test_a_model_instance_without_connections_says_that_it_has_none(client: SyncClient) -> None:
    with pytest.raises(ModelInstanceUnknownError, match="has no model connections"):
        client.llm.get_model_instance("sandbox-empty")


@pytest.mark.parametrize("name", ["", None, 5])
def test_a_model_instance_s_name_is_text(client: SyncClient, sandbox: Sandbox, name: Any) -> None:
    with pytest.raises(LiminalError, match="name must"):
        client.llm.get_model_instance(name)
    assert sandbox.requests == []


# ---- what servers and proxies answer


def test_a_login_answered_without_a_session_cookie_is_an_auth_error(sandbox: Sandbox) -> None:
    sandbox.fail_next(200, path=LOGIN, body={"data": {}})
    with pytest.raises(AuthError, match="without a session cookie"):
        SyncClient.authenticate_from_token(sandbox.url, sandbox.token)


def test_a_login_answered_by_a_page_is_an_auth_error(sandbox: Sandbox) -> None:
    sandbox.fail_next(200, path=LOGIN, body=PAGE)
    with pytest.raises(AuthError, match="check that api_server_url is"):
        SyncClient.authenticate_from_token(sandbox.url, sandbox.token)


def test_a_login_that_takes_the_session_away_is_an_auth_error(sandbox: Sandbox) -> None:
    sandbox.fail_next(200, path=LOGIN, headers={"Set-Cookie": "session=; Max-Age=0"})
    with pytest.raises(AuthError, match="without a session cookie"):
        SyncClient.authenticate_from_token(sandbox.url, sandbox.token)


def test_a_refused_token_is_an_auth_error(sandbox: Sandbox) -> None:
    with pytest.raises(AuthError, match="refused the login") as caught:
        SyncClient.authenticate_from_token(sandbox.url, "another-token")
    assert caught.value.status_code == 401


BROKEN = {
    "a page": (PAGE, "$"),
    "no JSON": ('{"data": ', "$"),
    "nothing": (b"", "$"),
    "not UTF-8": (b'{"data": {"findings": [], "text": "\xff\xfe"}}', "$"),
    "no envelope": ("[]", "$"),
    "no payload": ("{}", "$.data"),
    "a null": ('{"data": null}', "$.data"),
    "a missing field": ('{"data": {"text": "Ada"}}', "$.data.findings"),
    "a wrong type": ('{"data": {"findings": "Ada"}}', "$.data.findings"),
    "a wrong item": ('{"data": {"findings": ["Ada"]}}', "$.data.findings[0]"),
    "NaN": ('{"data": {"findings": NaN}}', "$"),
    "too deep": ("[" * 100_000, "$"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_says_where_it_is_broken(
    client: SyncClient, sandbox: Sandbox, name: str
) -> None:
    body, path = BROKEN[name]
    sandbox.fail_next(200, path=ANALYZE, body=body)
    with pytest.raises(ResponseValidationError, match="Could not validate response: ") as caught:
        client.prompt.analyze(1, PROMPT)
    assert (caught.value.path, caught.value.operation) == (path, "analyze_prompt")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_shown_nowhere(client: SyncClient, sandbox: Sandbox, name: str) -> None:
    body, _ = BROKEN[name]
    sandbox.fail_next(200, path=ANALYZE, body=body)
    with pytest.raises(ResponseValidationError) as caught:
        client.prompt.analyze(1, PROMPT)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not any(secret in told for secret in ("Ada", "4711", "nobody may see"))
    assert caught.value.__context__ is None


def test_an_answer_in_an_unknown_coding_is_refused(client: SyncClient, sandbox: Sandbox) -> None:
    sandbox.fail_next(200, path=ANALYZE, headers={"Content-Encoding": "br"}, body=b"x")
    with pytest.raises(ResponseValidationError, match="content coding"):
        client.prompt.analyze(1, PROMPT)


def test_an_error_page_is_an_error_of_its_status(client: SyncClient, sandbox: Sandbox) -> None:
    sandbox.fail_next(500, times=3, path=ANALYZE, body=PAGE)
    with pytest.raises(APIStatusError, match="500 Internal Server Error") as caught:
        client.with_options(max_retries=0).prompt.analyze(1, PROMPT)
    error = caught.value
    assert (error.status_code, error.body, error.operation) == (
        500,
        PAGE.encode(),
        "analyze_prompt",
    )
    assert "4711" not in "".join(traceback.format_exception(error))


def test_an_error_quotes_the_request_id(client: SyncClient, sandbox: Sandbox) -> None:
    sandbox.fail_next(404, path=ANALYZE, headers={"x-request-id": "abc-123"})
    with pytest.raises(RequestError) as caught:
        client.prompt.analyze(1, PROMPT)
    assert caught.value.request_id == "abc-123"


def test_a_redirect_is_not_followed(client: SyncClient, sandbox: Sandbox) -> None:
    sandbox.fail_next(307, path=ANALYZE, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(APIStatusError, match="redirects are not followed"):
        client.prompt.analyze(1, PROMPT)


def test_a_status_nobody_knows_is_told_all_the_same(client: SyncClient, sandbox: Sandbox) -> None:
    sandbox.fail_next(499, path=ANALYZE)
    with pytest.raises(APIStatusError, match="the service answered 499; see the error's body"):
        client.prompt.analyze(1, PROMPT)


def test_an_answer_larger_than_the_limit_is_refused(client: SyncClient) -> None:
    with pytest.raises(ResponseValidationError, match="larger than 10 bytes"):
        client.with_options(max_body_bytes=10).prompt.analyze(1, PROMPT)
