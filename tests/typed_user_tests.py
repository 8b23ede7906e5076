"""A user's own tests, which the plugin serves: run by ``testing/test_stranger.py``, and typed.

Both type checkers read it in strict mode.
"""

import os
from typing import assert_type

import httpx
import pytest

from liminal import Client, SyncClient
from liminal.endpoints.prompt.models import CleanseResponse
from liminal.sandbox import Sandbox
from liminal.testing import Canary, FakeOpenAI, ModelRequest, Reply, ToolCall, running_sandbox


def greet(name: str) -> str:
    """A program under test, which finds its server by the environment."""
    with SyncClient.from_env() as client:
        instance = client.llm.get_model_instance("sandbox-model")
        return client.prompt.cleanse(instance.id, f"Dear {name}").text


@pytest.mark.liminal(terms={"Falcon": "CUSTOM"})
@pytest.mark.parametrize("number", range(12))
def test_a_program_finds_the_sandbox(
    liminal_sandbox: Sandbox, liminal_canary: Canary, number: int
) -> None:
    assert greet(liminal_canary("Falcon")) == "Dear CUSTOM_0", number
    assert os.environ["LIMINAL_API_SERVER_URL"] == liminal_sandbox.url
    assert liminal_sandbox.logins == 1


@pytest.mark.liminal(session_uses=2)
def test_a_client_renews_its_session(liminal_client: SyncClient, liminal_sandbox: Sandbox) -> None:
    for _ in range(4):
        assert_type(liminal_client.prompt.cleanse(1, "Ada"), CleanseResponse)
    assert liminal_sandbox.logins > 1


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_a_client_for_asyncio_and_trio(liminal_async_client: Client) -> None:
    assert_type(await liminal_async_client.prompt.cleanse(1, "Ada"), CleanseResponse)


def answer(request: ModelRequest) -> Reply:
    """A model under the test's control."""
    return Reply(f"You said {request.prompt}", tool_calls=[ToolCall("send", {"to": "PERSON_0"})])


def test_a_model() -> None:
    message = {"role": "user", "content": "PERSON_0"}
    with FakeOpenAI(answer=answer) as model:
        key = {"Authorization": f"Bearer {model.api_key}"}
        body = {"model": "any", "messages": [message]}
        url = f"{model.base_url}/chat/completions"
        assert httpx.post(url, json=body, headers=key, trust_env=False).status_code == 200
        assert_type(model.requests[0], ModelRequest)
        assert not model.saw("Ada")


def test_without_fixtures() -> None:
    with (
        running_sandbox(Sandbox(terms={"Falcon": "CUSTOM"})) as sandbox,
        Canary("Falcon") as canary,
    ):
        assert_type(sandbox, Sandbox)
        assert greet(canary("Falcon")) == "Dear CUSTOM_0"
