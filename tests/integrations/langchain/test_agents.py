"""Agents with the middleware: the model and other people's tools see placeholders, nobody else."""

import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    AgentState,
    SummarizationMiddleware,
    ToolCallRequest,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain.tools import ToolRuntime
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt
from pydantic import BaseModel

from liminal import APIStatusError, AsyncConversation, Conversation, LiminalError, SyncClient
from liminal.integrations.langchain import INSTRUCTIONS, LiminalMiddleware, protect
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI, Reply, ToolCall

from .conftest import ADA, LETTER, Stand

PERSON = "PERSON_0"
SEND = Reply(f"Dear {PERSON}.", tool_calls=[ToolCall("send", {"name": PERSON, "to": PERSON})])


class Letter(BaseModel):
    """A letter."""

    name: str


class Tools:
    """Two tools, which keep what they saw."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        seen = self.seen

        @tool
        def send(name: str, to: str) -> str:
            """Send a letter."""
            seen.append((name, to))
            return json.dumps({"sent to": to})

        @tool
        def look(runtime: ToolRuntime[Any, Any]) -> Command[Any]:
            """Look at the state, and change it."""
            seen.append(runtime.state)
            said = ToolMessage("{I saw PERSON_0}", tool_call_id=runtime.tool_call_id)
            messages = [said, HumanMessage("and PERSON_0")]
            return Command(update={"messages": messages, "notes": ["PERSON_0", 1]})

        self.all = [send, look]


@pytest.fixture
def tools() -> Tools:
    return Tools()


def agent_of(model: BaseChatModel, tools: Tools, middleware: Any, **options: Any) -> Any:
    return create_agent(model, tools.all, middleware=[middleware], **options)


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
        {"messages": LETTER}, stream_mode=["messages", "updates", "values"]
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


@pytest.mark.anyio
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


def test_it_need_not_be_told(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    middleware = LiminalMiddleware(conversation, instructions=None)
    create_agent(model, [], middleware=[middleware]).invoke({"messages": LETTER})
    assert [one["role"] for one in server.requests[-1].body["messages"]] == ["user"]


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


def test_each_thread_of_a_client_s_agent_has_a_conversation_of_its_own(
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


def test_without_a_checkpointer_each_call_has_a_conversation_of_its_own(
    model: BaseChatModel, server: FakeOpenAI, tools: Tools, liminal: SyncClient
) -> None:
    agent = agent_of(model, tools, LiminalMiddleware(liminal, model_instance_id=1))
    server.reply(SEND)
    server.reply(f"Done, {PERSON}")
    assert agent.invoke({"messages": LETTER})["messages"][-1].text == f"Done, {ADA}"
    assert tools.seen == [(PERSON, PERSON)]


def test_a_middleware_may_have_a_protected_model_of_its_own(
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


# ---- nothing is sent


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


def test_a_middleware_that_changes_the_model_afterwards_is_noticed(
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


def test_what_does_not_go_together_is_refused(
    model: BaseChatModel, conversation: Conversation, liminal: SyncClient
) -> None:
    given: Any
    for given, options, problem in (
        (conversation, {"trusted_tools": "send"}, "must be a collection of names"),
        (conversation, {"model_instance_id": 1}, "has a model instance already"),
        (liminal, {}, "model_instance_id says whose policy applies"),
        (liminal, {"model_instance_id": -1}, "must be an id"),
    ):
        with pytest.raises(LiminalError, match=problem):
            LiminalMiddleware(given, **options)
    agent: Any = create_agent(
        protect(model, conversation), [], middleware=[LiminalMiddleware(conversation)]
    )
    with pytest.raises(LiminalError, match="is protected already"):
        agent.invoke({"messages": LETTER})


def test_a_state_that_is_no_dict_is_not_shown_to_a_tool(
    conversation: Conversation, tools: Tools
) -> None:
    middleware = LiminalMiddleware(conversation)
    call: Any = {"name": "send", "args": {}, "id": "1", "type": "tool_call"}
    request: Any = ToolCallRequest(tool_call=call, tool=tools.all[0], state=[], runtime=None)
    with pytest.raises(LiminalError, match="must be a dict"):
        middleware.wrap_tool_call(request, tools.seen.append)
    assert tools.seen == []


# ---- asynchronous


@pytest.mark.anyio
async def test_an_asynchronous_agent(
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


@pytest.mark.anyio
async def test_the_variants_are_not_mixed_up(
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
