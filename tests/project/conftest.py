"""Servers that examples and documents meet: a sandbox, and vendors of models."""

import pytest

from liminal.sandbox import Sandbox
from liminal.sandbox._service.model import answer
from liminal.testing import FakeAnthropic, FakeOpenAI, ModelRequest, Reply, ToolCall


@pytest.fixture
def sandbox(monkeypatch, authority, models):
    """Serve the tenant that the documents speak of, and set what programs read."""
    instances = {"My Model": ("sandbox-1",), "model-instance-name": ("sandbox-1",)}
    with Sandbox(
        token="my-token",
        model_instances=instances,
        threads=("A thread",),
        accept_provider_token=authority.is_valid,
    ) as sandbox:
        for name, value in {
            "LIMINAL_API_SERVER_URL": sandbox.url,
            "LIMINAL_TOKEN": sandbox.token,
            "MODEL_INSTANCE_NAME": "My Model",
            "SESSION_ID": sandbox.create_session(),
            "TOKEN": sandbox.token,
            "TENANT_ID": authority.tenant_id,
            "CLIENT_ID": "client",
            **models,
        }.items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.fixture(scope="module")
def models():
    """The variables with which the vendors' packages find the stand-in servers."""
    with FakeOpenAI() as openai, FakeAnthropic() as anthropic:
        openai.answer = _answered
        yield openai.environment | anthropic.environment
        assert not openai.saw("Lovelace")
        assert not anthropic.saw("Lovelace")


def _answered(request: ModelRequest) -> str | Reply:
    """Call all available tools, and then answer."""
    if not request.body.get("tools"):
        return answer(request.prompt)
    if request.messages[-1].role == "tool":
        return f"I asked about PERSON_0. {request.messages[-1].text}"
    calls = [
        ToolCall("find_address", {"name": "PERSON_0"}),
        ToolCall("search_the_web", {"words": "PERSON_0"}),
    ]
    return Reply(tool_calls=calls)
