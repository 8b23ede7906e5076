# Derived from tests/_async/test_bad_input.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Slips of a caller: each gives one clear error."""

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from liminal import AuthError, LiminalError, ModelInstanceUnknownError, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox

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
        ("https://api.my-tenant.liminal.ai/a//b", "and at most a path"),
        ("https://api.my-tenant.liminal.ai?x=secret", "and at most a path"),
        ("https://api.my-tenant.liminal.ai#secret", "and at most a path"),
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
