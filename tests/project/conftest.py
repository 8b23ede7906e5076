"""Servers that examples and documents meet: an identity provider, and vendors of models."""

import pytest

from liminal.sandbox._service.model import answer
from liminal.sandbox.authority import Authority
from liminal.testing import FakeAnthropic, FakeOpenAI, ModelRequest, Reply, ToolCall


@pytest.fixture(scope="module")
def authority():
    """Stand in for Microsoft Entra ID and a user who signs in at once."""
    with Authority() as authority:
        yield authority


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
