"""Agents with the middleware: only the model and untrusted tools see placeholders."""

import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    AgentState,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, SystemMessage
from langchain_core.tools import tool

from liminal import AsyncConversation, Conversation
from liminal.integrations.langchain import INSTRUCTIONS, LiminalMiddleware
from liminal.testing import FakeOpenAI, Reply, ToolCall

from .agents import PERSON, SEND, Letter, Tools, agent_of
from .conftest import ADA, LETTER, Stand


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_tool_sees_names_only_if_it_is_trusted(
    stand: Stand, tools: Tools, conversation: Conversation, *, is_trusted: bool
) -> None:
    stand.server.reply(SEND)
    stand.server.reply(f"Done, {PERSON}")
    trusted = ["send"] if is_trusted else []
    agent = agent_of(stand.model, tools, LiminalMiddleware(conversation, trusted_tools=trusted))
    _, called, result, last = agent.invoke({"messages": LETTER})["messages"]
    assert type(called) is AIMessage
    assert called.text == f"Dear {ADA}."
    assert called.tool_calls[0]["args"] == {"name": ADA, "to": ADA}
    assert json.loads(result.content) == {"sent to": ADA}
    assert last.text == f"Done, {ADA}"
    assert tools.seen == [(ADA, ADA) if is_trusted else (PERSON, PERSON)]


def test_every_mode_of_a_stream_shows_names(
    stand: Stand, tools: Tools, conversation: Conversation
) -> None:
    stand.server.reply(SEND)
    stand.server.reply(f"Done, {PERSON}")
    agent = agent_of(stand.model, tools, LiminalMiddleware(conversation))
    text, arguments, whole = "", "", []
    for mode, event in agent.stream(
        {"messages": LETTER}, stream_mode=["messages", "updates", "values", "tasks", "debug"]
    ):
        if mode == "messages":
            piece = event[0]
            text += piece.text if piece.type == "AIMessageChunk" else ""
            for call in getattr(piece, "tool_call_chunks", ()):
                arguments += call["args"] or ""
        else:
            whole.append(repr(event))
    assert text == f"Dear {ADA}.Done, {ADA}"
    assert json.loads(arguments) == {"name": ADA, "to": ADA}
    assert "PERSON" not in "".join(whole)
    assert ADA in whole[-1]


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol")
def test_the_events_of_a_model_show_names(
    model: BaseChatModel, server: FakeOpenAI, tools: Tools, conversation: Conversation
) -> None:
    server.reply(f"Dear {PERSON}")
    agent = agent_of(model, tools, LiminalMiddleware(conversation))
    text = ""
    for event in agent.stream_events({"messages": LETTER}, version="v3"):
        if event["method"] == "messages":
            text += event["params"]["data"][0].get("delta", {}).get("text", "")
    assert text == f"Dear {ADA}"


async def test_events_of_what_sees_placeholders_show_placeholders(
    model: BaseChatModel, server: FakeOpenAI, tools: Tools, async_conversation: AsyncConversation
) -> None:
    server.reply(SEND)
    server.reply("Done.")
    agent = agent_of(model, tools, LiminalMiddleware(async_conversation))
    shown: dict[str, str] = {}
    async for event in agent.astream_events({"messages": LETTER}, version="v2"):
        shown.setdefault(f"{event['event']} {event['name']}", repr(event["data"]))
    with_names = {name for name, data in shown.items() if ADA in data}
    with_placeholders = {name for name, data in shown.items() if PERSON in data}
    assert with_placeholders == {
        "on_chat_model_start ChatOpenAI",  # what the model gets
        "on_chat_model_end ChatOpenAI",  # with its input
        "on_tool_start send",
        "on_tool_end send",
    }
    assert with_names >= {"on_chat_model_end ChatOpenAI", "on_chain_end LangGraph"}


def test_an_untrusted_tool_sees_placeholders_in_the_state(
    model: BaseChatModel, server: FakeOpenAI, tools: Tools, conversation: Conversation
) -> None:
    class State(AgentState[Any]):
        notes: list[Any]

    class Kept(AgentMiddleware[Any, Any]):
        """Keeps something in the state that is no JSON."""

        state_schema = State

        def before_agent(self, state: Any, runtime: Any) -> Any:
            return {"structured_response": object()}

    server.reply(Reply(tool_calls=[ToolCall("look", {})]))
    server.reply("Yes.")
    agent = create_agent(model, tools.all, middleware=[Kept(), LiminalMiddleware(conversation)])
    made = agent.invoke({"messages": LETTER, "notes": [f"About {ADA}"]})
    *_, result, more, _ = made["messages"]
    (state,) = tools.seen
    assert state["notes"] == [f"About {PERSON}"]
    assert made["notes"] == [ADA, 1]
    assert [message.text for message in state["messages"]] == [f"Write to {PERSON}", ""]
    assert "structured_response" not in state
    assert (result.text, more.text) == (f"{{I saw {ADA}}}", f"and {ADA}")


def test_a_result_that_is_json_stays_json(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    @tool
    def quote(to: str) -> str:
        """Quote."""
        return json.dumps({"to": to})

    quoted = "bob@x.org"
    server.reply(Reply(tool_calls=[ToolCall("quote", {"to": "EMAIL_ADDRESS_0"})]))
    server.reply("Yes.")
    agent = create_agent(model, [quote], middleware=[LiminalMiddleware(conversation)])
    result = agent.invoke({"messages": [("user", f"Write to {quoted}")]})["messages"][2]
    assert json.loads(result.text) == {"to": quoted}


@pytest.mark.parametrize("strategy", [ProviderStrategy, ToolStrategy])
def test_structured_output_has_names(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation, strategy: Any
) -> None:
    by_tool = Reply(tool_calls=[ToolCall("Letter", {"name": PERSON})])
    server.reply(by_tool if strategy is ToolStrategy else json.dumps({"name": PERSON}))
    agent: Any = create_agent(
        model, [], middleware=[LiminalMiddleware(conversation)], response_format=strategy(Letter)
    )
    assert agent.invoke({"messages": LETTER})["structured_response"] == Letter(name=ADA)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (None, INSTRUCTIONS),
        (f"Be kind to {ADA}.", f"Be kind to {PERSON}.\n\n{INSTRUCTIONS}"),
        (
            SystemMessage([{"type": "text", "text": "Be kind."}]),
            [{"type": "text", "text": "Be kind."}, {"type": "text", "text": INSTRUCTIONS}],
        ),
    ],
)
def test_the_model_is_told_once_to_leave_placeholders_alone(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation, given: Any, sent: Any
) -> None:
    agent: Any = create_agent(
        model, [], middleware=[LiminalMiddleware(conversation)], system_prompt=given
    )
    agent.invoke({"messages": LETTER})
    first, second = server.requests[-1].body["messages"]
    assert (first["role"], first["content"]) == ("system", sent)
    assert second["content"] == f"Write to {PERSON}"


def test_the_instructions_are_optional(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    middleware = LiminalMiddleware(conversation, instructions=None)
    create_agent(model, [], middleware=[middleware]).invoke({"messages": LETTER})
    assert [one["role"] for one in server.requests[-1].body["messages"]] == ["user"]


async def test_an_asynchronous_agent_is_protected(
    stand: Stand, tools: Tools, async_conversation: AsyncConversation
) -> None:
    for trusted, seen in (([], PERSON), (["send"], ADA)):
        stand.server.reply(SEND)
        stand.server.reply(f"Done, {PERSON}")
        middleware = LiminalMiddleware(async_conversation, trusted_tools=trusted)
        agent = agent_of(stand.model, tools, middleware)
        text, final = "", None
        async for mode, event in agent.astream(
            {"messages": LETTER}, stream_mode=["messages", "values"]
        ):
            if mode == "values":
                final = event["messages"]
            elif event[0].type == "AIMessageChunk":
                text += event[0].text
        assert text == f"Dear {ADA}.Done, {ADA}"
        assert final is not None
        assert [message.text for message in final][-1] == f"Done, {ADA}"
        assert final[1].tool_calls[0]["args"] == {"name": ADA, "to": ADA}
        assert json.loads(final[2].text) == {"sent to": ADA}
        assert tools.seen[-1] == (seen, seen)
