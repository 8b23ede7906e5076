"""Content that can't be cleansed reaches neither the model nor a tool."""

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ToolCallRequest,
)
from langchain_core.language_models import BaseChatModel

from liminal import APIStatusError, AsyncConversation, Conversation, LiminalError, SyncClient
from liminal.integrations.langchain import LiminalMiddleware, protect
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI, Reply, ToolCall

from .agents import PERSON, Tools, agent_of
from .conftest import ADA, LETTER


def test_when_cleansing_fails_nothing_is_sent(
    model: BaseChatModel,
    server: FakeOpenAI,
    tools: Tools,
    conversation: Conversation,
    sandbox: Sandbox,
) -> None:
    agent = agent_of(model, tools, LiminalMiddleware(conversation))
    sandbox.fail_next(403, path="/api/v1/prompts/cleanse")
    with pytest.raises(APIStatusError, match="403") as caught:
        agent.invoke({"messages": LETTER})
    ours = [
        entry.frame
        for entry in caught.traceback
        if entry.frame.f_globals["__name__"].startswith("liminal")
    ]
    assert ours
    assert not [frame for frame in ours if "Lovelace" in repr(frame.f_locals)]
    assert server.requests == []


def test_when_its_arguments_can_t_be_cleansed_a_tool_is_not_called(
    model: BaseChatModel,
    server: FakeOpenAI,
    tools: Tools,
    conversation: Conversation,
    sandbox: Sandbox,
) -> None:
    def answer(_: object) -> Reply:
        sandbox.fail_next(403, path="/api/v1/prompts/analyze")
        return Reply(tool_calls=[ToolCall("send", {"name": "new", "to": "Grace Hopper"})])

    server.answer = answer
    agent = agent_of(model, tools, LiminalMiddleware(conversation))
    with pytest.raises(APIStatusError, match="403"):
        agent.invoke({"messages": LETTER})
    assert tools.seen == []


def test_a_middleware_that_replaces_the_model_is_an_error(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    class Swap(AgentMiddleware[Any, Any]):
        """Calls another model."""

        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            return handler(request.override(model=model))

    agent: Any = create_agent(model, [], middleware=[LiminalMiddleware(conversation), Swap()])
    with pytest.raises(LiminalError, match="put LiminalMiddleware last"):
        agent.invoke({"messages": LETTER})
    agent = create_agent(model, [], middleware=[Swap(), LiminalMiddleware(conversation)])
    server.reply(PERSON)
    assert agent.invoke({"messages": LETTER})["messages"][-1].text == ADA


def test_wrong_arguments_are_refused(
    model: BaseChatModel, conversation: Conversation, liminal: SyncClient
) -> None:
    given: Any
    for given, options, problem in (
        (conversation, {"trusted_tools": "send"}, "must be a collection of names"),
        (conversation, {"model_instance_id": 1}, "has a model instance already"),
        (liminal, {}, "model_instance_id says whose policy applies"),
        (liminal, {"model_instance_id": -1}, "must be an id"),
        (None, {}, "must be a Liminal conversation or client, not of type NoneType"),
        (conversation, {"instructions": 5}, "instructions must be a str"),
    ):
        with pytest.raises(LiminalError, match=problem):
            LiminalMiddleware(given, **options)
    agent: Any = create_agent(
        protect(model, conversation), [], middleware=[LiminalMiddleware(conversation)]
    )
    with pytest.raises(LiminalError, match="is protected already"):
        agent.invoke({"messages": LETTER})


def test_a_tool_is_not_called_with_a_state_that_is_not_a_dict(
    conversation: Conversation, tools: Tools
) -> None:
    middleware = LiminalMiddleware(conversation)
    call: Any = {"name": "send", "args": {}, "id": "1", "type": "tool_call"}
    request: Any = ToolCallRequest(tool_call=call, tool=tools.all[0], state=[], runtime=None)
    with pytest.raises(LiminalError, match="must be a dict"):
        middleware.wrap_tool_call(request, tools.seen.append)
    assert tools.seen == []


async def test_blocking_and_asynchronous_clients_can_t_be_mixed(
    model: BaseChatModel,
    server: FakeOpenAI,
    conversation: Conversation,
    async_conversation: AsyncConversation,
) -> None:
    blocking: Any = create_agent(model, [], middleware=[LiminalMiddleware(conversation)])
    with pytest.raises(LiminalError, match="needs a Client or its conversation"):
        await blocking.ainvoke({"messages": LETTER})
    awaiting: Any = create_agent(model, [], middleware=[LiminalMiddleware(async_conversation)])
    with pytest.raises(LiminalError, match="needs a SyncClient or its conversation"):
        awaiting.invoke({"messages": LETTER})
    assert server.requests == []
