"""Agents over several turns, threads and models."""

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    SummarizationMiddleware,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from liminal import Conversation, SyncClient
from liminal.integrations.langchain import LiminalMiddleware, protect
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI, Reply, ToolCall

from .agents import PERSON, SEND, Tools, agent_of
from .conftest import ADA, LETTER


def test_a_value_keeps_its_placeholder_and_each_text_is_cleansed_once(
    model: BaseChatModel,
    server: FakeOpenAI,
    tools: Tools,
    conversation: Conversation,
    sandbox: Sandbox,
) -> None:
    agent = agent_of(model, tools, LiminalMiddleware(conversation), checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    for turn in range(10):
        server.reply(SEND)
        server.reply(f"Done, {PERSON}")
        agent.invoke({"messages": [("user", f"{turn}. Write to {ADA}")]}, config)
    asked = [one for one in server.requests[-1].messages if one.role == "user"]
    assert [one.text for one in asked] == [f"{turn}. Write to {PERSON}" for turn in range(10)]
    analyzed = [one.body["text"] for one in sandbox.requests if one.path.endswith("/analyze")]
    assert len(analyzed) == len(set(analyzed))
    assert sum(ADA in text for text in analyzed) == 10


def test_with_a_client_each_thread_of_the_agent_has_its_own_conversation(
    model: BaseChatModel,
    server: FakeOpenAI,
    liminal: SyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("liminal.integrations.langchain._middleware._MAX_THREADS", 2)
    middleware = LiminalMiddleware(liminal, model_instance_id=1)
    agent: Any = create_agent(model, [], middleware=[middleware], checkpointer=InMemorySaver())
    for name in (ADA, "Alan Turing", "Grace Hopper", ADA):
        server.reply("PERSON_0 and PERSON_1")
        config: Any = {"configurable": {"thread_id": name}}
        answer = agent.invoke({"messages": [("user", f"Write to {name}")]}, config)
        assert answer["messages"][-1].text == f"{name} and PERSON_1"


def test_without_a_checkpointer_each_call_has_its_own_conversation(
    model: BaseChatModel, server: FakeOpenAI, tools: Tools, liminal: SyncClient
) -> None:
    agent = agent_of(model, tools, LiminalMiddleware(liminal, model_instance_id=1))
    server.reply(SEND)
    server.reply(f"Done, {PERSON}")
    assert agent.invoke({"messages": LETTER})["messages"][-1].text == f"Done, {ADA}"
    assert tools.seen == [(PERSON, PERSON)]


def test_another_middleware_may_use_its_own_protected_model(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    server.reply(f"Write to {PERSON}")
    server.reply(f"Dear {PERSON}")
    summary = SummarizationMiddleware(
        protect(model, conversation),
        trigger=("messages", 3),
        keep=("messages", 1),
        summary_prompt="shorten this: {messages}",
    )
    agent: Any = create_agent(model, [], middleware=[summary, LiminalMiddleware(conversation)])
    said = [*LETTER, ("assistant", f"Dear {ADA}"), ("user", "shorter")]
    messages = agent.invoke({"messages": said})["messages"]
    assert f"Write to {ADA}" in messages[0].text
    assert messages[-1].text == f"Dear {ADA}"
    assert PERSON in server.requests[-1].messages[1].text


def test_a_tool_may_interrupt(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    @tool
    def ask(to: str) -> str:
        """Ask."""
        return f"{to}: {interrupt(to)}"

    server.reply(Reply(tool_calls=[ToolCall("ask", {"to": PERSON})]))
    server.reply("Done.")
    agent: Any = create_agent(
        model, [ask], middleware=[LiminalMiddleware(conversation)], checkpointer=InMemorySaver()
    )
    config: Any = {"configurable": {"thread_id": "1"}}
    (asked,) = agent.invoke({"messages": LETTER}, config)["__interrupt__"]
    assert asked.value == PERSON
    assert agent.invoke(Command(resume="yes"), config)["messages"][2].text == f"{ADA}: yes"
