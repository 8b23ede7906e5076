"""A chat model in a chain, protected."""

import json
from typing import Any, Literal

import pytest
from anyio import to_thread
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import (
    FakeMessagesListChatModel,
)
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ToolMessage,
)
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from pydantic import BaseModel

from liminal import (
    AsyncConversation,
    Client,
    Conversation,
    SyncClient,
)
from liminal.auth import Token
from liminal.integrations.langchain import INSTRUCTIONS, protect
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI, Reply, ToolCall

from .conftest import ADA, LETTER, Stand

PERSON = "PERSON_0"


SEND = Reply(
    f"Dear {PERSON}, yes, {PERSON}",
    tool_calls=[ToolCall("send", {"name": PERSON}), ToolCall("send", {"name": f"to {PERSON}"})],
)


SAID = f"Dear {ADA}, yes, {ADA}"


CALLED = [{"name": ADA}, {"name": f"to {ADA}"}]


class Letter(BaseModel):
    """A letter."""

    name: str


@tool
def send(name: str) -> str:
    """Send a letter."""
    return name


@pytest.fixture
def chain(stand: Stand, conversation: Conversation) -> Any:
    return protect(stand.model, conversation).bind_tools([send])


def args_of(message: AIMessage) -> list[Any]:
    return [call["args"] for call in message.tool_calls]


def test_an_answer_is_hydrated_and_cleansed_in_the_next_turn(
    chain: Any, stand: Stand, sandbox: Sandbox
) -> None:
    stand.server.reply(SEND)
    answer = chain.invoke(LETTER)
    assert type(answer) is AIMessage
    assert (answer.text, args_of(answer)) == (SAID, CALLED)
    results = [ToolMessage(f"{ADA}: ok", tool_call_id=call["id"]) for call in answer.tool_calls]
    chain.invoke([*LETTER, answer, *results])
    told = [one.text for one in stand.server.requests[-1].messages if one.role != "system"]
    assert told[0] == f"Write to {PERSON}"
    assert "".join(told).count(f"{PERSON}: ok") == 2
    analyzed = [one.body["text"] for one in sandbox.requests if one.path.endswith("/analyze")]
    assert len(analyzed) == len(set(analyzed))
    assert not [text for text in analyzed if "Dear" in text]


@pytest.mark.parametrize("cut", [1, 5, 100])
def test_a_stream_is_hydrated_and_cleansed_in_the_next_turn(
    chain: Any, stand: Stand, cut: int
) -> None:
    stand.server.cut = cut
    stand.server.reply(SEND)
    chunks = list(chain.stream(LETTER))
    assert {type(chunk) for chunk in chunks} == {AIMessageChunk}
    assert "".join(chunk.text for chunk in chunks) == SAID
    answer = sum(chunks[1:], chunks[0])
    assert (answer.text, args_of(answer)) == (SAID, CALLED)
    results = [ToolMessage("ok", tool_call_id=call["id"]) for call in answer.tool_calls]
    chain.invoke([*LETTER, answer, *results])
    assert PERSON in stand.server.requests[-1].raw.decode()


def test_text_that_is_certain_is_not_held_back(chain: Any, stand: Stand) -> None:
    stand.server.cut = 4
    stand.server.reply("this is a plain text")
    assert [chunk.text for chunk in chain.stream(LETTER) if chunk.text] == [
        "this", " is ", "a pl", "ain ", "text",
    ]  # fmt: skip


def test_a_chain_is_protected(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    server.reply(f"Dear {PERSON}")
    server.reply(f"Dear {PERSON}")
    prompt = ChatPromptTemplate.from_messages([("system", "Be kind."), ("user", "To {name}")])
    chain = prompt | protect(model, conversation) | StrOutputParser()
    assert chain.invoke({"name": ADA}) == f"Dear {ADA}"
    assert "".join(chain.stream({"name": ADA})) == f"Dear {ADA}"
    first = server.requests[0].body["messages"][0]
    assert first["content"] == f"Be kind.\n\n{INSTRUCTIONS}"


def test_structured_output_is_hydrated(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    server.reply(Reply(tool_calls=[ToolCall("Letter", {"name": PERSON})]))
    chain = protect(model, conversation).with_structured_output(Letter)
    assert chain.invoke(LETTER) == Letter(name=ADA)
    schema: Any = {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}
    server.reply(json.dumps({"name": PERSON}))
    answer = protect(model, conversation).invoke(LETTER, response_format=schema)
    assert json.loads(answer.text) == {"name": ADA}


def test_several_answers_are_hydrated(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    server.reply(f"Dear {PERSON}", f"To {PERSON}")
    result = protect(model, conversation).generate([[AIMessage(f"To {ADA}")]], n=2)
    assert [one.text for one in result.generations[0]] == [f"Dear {ADA}", f"To {ADA}"]
    assert result.llm_output


@pytest.mark.parametrize("block", ["thinking", "reasoning"])
def test_thinking_stays_as_the_model_wrote_it(conversation: Conversation, block: str) -> None:
    """Some models sign it, and take it back unchanged only."""
    thought = AIMessage([{"type": block, block: PERSON}, {"type": "text", "text": PERSON}])
    model = FakeMessagesListChatModel(responses=[thought])
    answer: Any = protect(model, conversation).invoke(LETTER)
    assert [answer.content[0][block], answer.content[1]["text"]] == [PERSON, ADA]


def test_the_description_of_a_tool_is_cleansed(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    @tool(description=f"Ask {ADA}.")
    def ask(what: Literal["weather", "Ada Lovelace"]) -> str:
        return what

    protect(model, conversation).bind_tools([ask], tool_choice="ask").invoke(LETTER)
    (described,) = server.requests[-1].body["tools"]
    assert described["function"]["name"] == "ask"
    assert described["function"]["description"] == f"Ask {PERSON}."
    assert described["function"]["parameters"]["properties"]["what"]["enum"] == ["weather", PERSON]


def test_lenient_hydrates_rewritten_placeholders(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    server.reply("Dear person 0")
    answer = protect(model, conversation, lenient=True).invoke(LETTER)
    assert answer.text == f"Dear {ADA}"


def test_no_call_hydrates_another_s_placeholders(
    model: BaseChatModel, server: FakeOpenAI, liminal: SyncClient
) -> None:
    chain = protect(model, liminal, model_instance_id=1)
    for name in (ADA, "Alan Turing"):
        server.reply("PERSON_0 and PERSON_1")
        assert chain.invoke(f"Write to {name}").text == f"{name} and PERSON_1"


async def test_an_asynchronous_chain_is_protected(
    stand: Stand, async_conversation: AsyncConversation
) -> None:
    chain = protect(stand.model, async_conversation).bind_tools([send])
    stand.server.reply(SEND)
    answer = await chain.ainvoke(LETTER)
    assert (answer.text, args_of(answer)) == (SAID, CALLED)
    stand.server.reply(SEND)
    chunks: list[Any] = [chunk async for chunk in chain.astream(LETTER)]
    whole = sum(chunks[1:], chunks[0])
    assert (whole.text, args_of(whole)) == (SAID, CALLED)


async def test_with_a_client_each_asynchronous_call_has_its_own_conversation(
    model: BaseChatModel, server: FakeOpenAI, sandbox: Sandbox
) -> None:
    async with Client(sandbox.url, auth=Token(sandbox.token)) as liminal:
        chain = protect(model, liminal, model_instance_id=1)
        server.reply(PERSON)
        assert (await chain.ainvoke(LETTER)).text == ADA
        server.reply(PERSON)
        async for chunk in chain.astream(LETTER):
            if chunk.text:
                assert chunk.text == ADA
                break


async def test_an_abandoned_stream_closes_its_connection(
    model: BaseChatModel,
    server: FakeOpenAI,
    conversation: Conversation,
    async_conversation: AsyncConversation,
) -> None:
    server.chunk_delay = 0.01
    server.reply(f"Dear {PERSON} " * 1000)
    blocking: Any = protect(model, conversation).stream(LETTER)
    next(blocking)
    blocking.close()
    assert server.wait_until_idle()
    server.reply(f"Dear {PERSON} " * 1000)
    awaiting: Any = protect(model, async_conversation).astream(LETTER)
    await anext(awaiting)
    await awaiting.aclose()
    assert await to_thread.run_sync(server.wait_until_idle)


def test_the_protected_model_describes_itself_like_the_model(
    model: BaseChatModel, conversation: Conversation
) -> None:
    made: Any = protect(model, conversation)
    assert made.model_name == "any"
    assert made._llm_type == model._llm_type
    assert made.get_name() == "ChatOpenAI"
    assert made._get_ls_params()["ls_provider"] == "openai"


def test_an_error_of_the_model_passes_through(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    server.reply(f"{PERSON} {PERSON} {PERSON}")
    server.fail_next_stream(after=4, ending="error")
    text = ""
    with pytest.raises(Exception, match="told to fail"):  # noqa: PT012 - the package's own
        for chunk in protect(model, conversation).stream(LETTER):
            text += chunk.text
    assert f"{ADA} {ADA} {ADA}".startswith(text)
