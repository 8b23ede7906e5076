"""Mistakes of a caller: each gives one clear error before anything is sent."""

import math
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest

from liminal import Client, LiminalError, ModelInstanceUnknownError
from liminal.auth import Token
from liminal.endpoints.prompt.models import AnalysisFinding
from tests.faults.wire import FINDING

PROMPT = "Write to Ada Lovelace"
ADA = AnalysisFinding.from_dict(FINDING)


# ---- the ways in


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "https://u:hunter2@h/\ud800", None])
async def test_a_wrong_address_is_refused_by_each_way_in(url):
    with pytest.raises(LiminalError, match="api_server_url"):
        Client(url, auth=Token("a-token"))
    for enter in (
        Client.authenticate_from_token,
        Client.authenticate_from_session_id,
        Client.authenticate_from_auth_provider,
    ):
        with pytest.raises(LiminalError, match="api_server_url"):
            await enter(url, "x")


# ---- the arguments of a call

Mistake = Callable[[Client, Any], Awaitable[Any]]

WITH_ID: dict[str, Mistake] = {
    "get_by_id": lambda client, value: client.thread.get_by_id(value),
    "create": lambda client, value: client.thread.create(value, "name"),
    "analyze": lambda client, value: client.prompt.analyze(value, PROMPT),
    "cleanse": lambda client, value: client.prompt.cleanse(value, PROMPT),
    "submit": lambda client, value: client.prompt.submit(value, PROMPT),
    "hydrate": lambda client, value: client.prompt.hydrate(value, PROMPT),
    "stream": lambda client, value: client.prompt.stream(value, PROMPT).text(),
    "cleanse in": lambda client, value: client.prompt.cleanse(1, PROMPT, thread_id=value),
    "submit in": lambda client, value: client.prompt.submit(1, PROMPT, thread_id=value),
    "hydrate in": lambda client, value: client.prompt.hydrate(1, PROMPT, thread_id=value),
    "stream in": lambda client, value: client.prompt.stream(1, PROMPT, thread_id=value).text(),
}
WITH_TEXT: dict[str, Mistake] = {
    "analyze": lambda client, value: client.prompt.analyze(1, value),
    "cleanse": lambda client, value: client.prompt.cleanse(1, value),
    "submit": lambda client, value: client.prompt.submit(1, value),
    "hydrate": lambda client, value: client.prompt.hydrate(1, value),
    "stream": lambda client, value: client.prompt.stream(1, value).text(),
    "submit as a turn": lambda client, value: client.conversation(1).submit(value),
}
WITH_NAME: dict[str, Mistake] = {
    "create": lambda client, value: client.thread.create(1, value),
    "get_model_instance": lambda client, value: client.llm.get_model_instance(value),
}
WITH_FINDINGS: dict[str, Mistake] = {
    "cleanse": lambda client, value: client.prompt.cleanse(1, PROMPT, findings=value),
    "submit": lambda client, value: client.prompt.submit(1, PROMPT, findings=value),
    "submit as a turn": lambda client, value: client.conversation(1).submit(PROMPT, findings=value),
    "stream": lambda client, value: client.prompt.stream(1, PROMPT, findings=value).text(),
}


@pytest.mark.parametrize(
    ("calls", "value", "problem"),
    [
        (WITH_ID, -1, "must be an id"),
        (WITH_ID, "../users/me", "must be an id"),
        (WITH_TEXT | WITH_NAME, b"bytes", "must be a str"),
        (WITH_NAME, " \t\n", "name must not be empty"),
        (WITH_FINDINGS, [None], "findings must be an AnalyzeResponse or a list"),
        (WITH_FINDINGS, [attrs.evolve(ADA, start=0)], "belong to another prompt"),
        # What JSON can't express.
        (WITH_FINDINGS, [attrs.evolve(ADA, score=math.nan)], "can't be sent"),
        (WITH_FINDINGS, [attrs.evolve(ADA, text=object())], "can't be sent"),
    ],
)
async def test_every_method_refuses_a_wrong_argument(client, sandbox, calls, value, problem):
    for call in calls.values():
        with pytest.raises(LiminalError, match=problem):
            await call(client, value)
    assert sandbox.requests == []


async def test_a_stream_checks_its_arguments_at_once(client):
    with pytest.raises(LiminalError, match="thread_id must be an id"):
        client.prompt.stream(1, PROMPT, thread_id=-1)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Sandbox-Model", "no model instance has that name"),
        ("sandbox-empty", "has no model connections"),
    ],
)
async def test_a_model_instance_is_known_by_its_exact_name(client, name, problem):
    with pytest.raises(ModelInstanceUnknownError, match=problem):
        await client.llm.get_model_instance(name)
