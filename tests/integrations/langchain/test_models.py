"""A chat model in a chain, protected."""

import json
from typing import Any, Literal

import pytest
from anyio import to_thread
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import (
    FakeListChatModel,
    FakeMessagesListChatModel,
)
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    HumanMessage,
    ToolMessage,
)
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel

from liminal import (
    APIStatusError,
    AsyncConversation,
    Client,
    Conversation,
    LiminalError,
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


def test_an_answer_and_the_turn_after_it(chain: Any, stand: Stand, sandbox: Sandbox) -> None:
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
def test_a_stream_and_the_turn_after_it(chain: Any, stand: Stand, cut: int) -> None:
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


def test_a_chain(model: BaseChatModel, server: FakeOpenAI, conversation: Conversation) -> None:
    server.reply(f"Dear {PERSON}")
    server.reply(f"Dear {PERSON}")
    prompt = ChatPromptTemplate.from_messages([("system", "Be kind."), ("user", "To {name}")])
    chain = prompt | protect(model, conversation) | StrOutputParser()
    assert chain.invoke({"name": ADA}) == f"Dear {ADA}"
    assert "".join(chain.stream({"name": ADA})) == f"Dear {ADA}"
    first = server.requests[0].body["messages"][0]
    assert first["content"] == f"Be kind.\n\n{INSTRUCTIONS}"


def test_structured_output(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    server.reply(Reply(tool_calls=[ToolCall("Letter", {"name": PERSON})]))
    chain = protect(model, conversation).with_structured_output(Letter)
    assert chain.invoke(LETTER) == Letter(name=ADA)
    schema: Any = {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}
    server.reply(json.dumps({"name": PERSON}))
    answer = protect(model, conversation).invoke(LETTER, response_format=schema)
    assert json.loads(answer.text) == {"name": ADA}


def test_several_answers(
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


def test_what_describes_a_tool_is_cleansed(
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


def test_lenient_hydration(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    server.reply("Dear person 0")
    answer = protect(model, conversation, lenient=True).invoke(LETTER)
    assert answer.text == f"Dear {ADA}"


def test_no_call_knows_another_s_names(
    model: BaseChatModel, server: FakeOpenAI, liminal: SyncClient
) -> None:
    chain = protect(model, liminal, model_instance_id=1)
    for name in (ADA, "Alan Turing"):
        server.reply("PERSON_0 and PERSON_1")
        assert chain.invoke(f"Write to {name}").text == f"{name} and PERSON_1"


@pytest.mark.anyio
async def test_an_asynchronous_chain(stand: Stand, async_conversation: AsyncConversation) -> None:
    chain = protect(stand.model, async_conversation).bind_tools([send])
    stand.server.reply(SEND)
    answer = await chain.ainvoke(LETTER)
    assert (answer.text, args_of(answer)) == (SAID, CALLED)
    stand.server.reply(SEND)
    chunks: list[Any] = [chunk async for chunk in chain.astream(LETTER)]
    whole = sum(chunks[1:], chunks[0])
    assert (whole.text, args_of(whole)) == (SAID, CALLED)


@pytest.mark.anyio
async def test_an_asynchronous_chain_of_its_own_conversations(
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


# ---- nothing is sent


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"type": "image", "base64": "x", "mime_type": "image/png"}, "content[0].base64"),
        ({"type": "image", "url": "https://x"}, "content[0].url"),
        ({"type": "image_url", "image_url": {"url": "x"}}, "content[0].image_url"),
        ({"type": "file", "file_id": "x"}, "content[0].file_id"),
        ({"type": "audio", "base64": "x"}, "content[0].base64"),
        ({"type": "image", "source": {"type": "base64", "data": "x"}}, "content[0].source.data"),
        ({"type": "image", "source": {"type": "url", "url": "x"}}, "content[0].source.url"),
        ({"type": "document", "source": {"type": "file", "file_id": "x"}}, "content[0].source.fil"),
        ({"type": "not_known", "of_mine": "x"}, "content[0].of_mine"),
        ({"type": "non_standard", "value": {"a": "b"}}, "content[0].value"),
        ({"type": "text", "text": "x", "extras": {"seen": object()}}, "content[0].extras.seen"),
    ],
)
def test_what_can_t_be_checked_is_not_sent(
    model: BaseChatModel,
    server: FakeOpenAI,
    conversation: Conversation,
    content: Any,
    place: str,
) -> None:
    with pytest.raises(LiminalError) as caught:
        protect(model, conversation).invoke([{"role": "user", "content": [content]}])
    assert str(caught.value).startswith(f"messages[0].{place}")
    assert server.requests == []


@pytest.mark.parametrize(
    "options",
    [
        {"extra_headers": {"a": "b"}},
        {"extra_query": {"a": "b"}},
        {"extra_body": {"a": "b"}},
        {"headers": {"a": "b"}},
        {"response_format": Letter},
        {"not_known": 1},
    ],
)
def test_options_that_can_t_be_checked_are_not_sent(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation, options: Any
) -> None:
    (name,) = options
    with pytest.raises(LiminalError, match=f"^{name}"):
        protect(model, conversation).invoke(LETTER, **options)
    assert server.requests == []


def test_a_message_of_a_class_with_fields_of_its_own_is_not_sent(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    class Noted(HumanMessage):
        """Has a note."""

        note: str

    with pytest.raises(LiminalError, match=r"^messages\[0\]\.note can't be checked"):
        protect(model, conversation).invoke([Noted(f"Write to {ADA}", note=ADA)])
    assert server.requests == []


def test_allow_unchecked_sends_them(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    chain = protect(model, conversation, allow_unchecked=True)
    image = {"type": "image_url", "image_url": {"url": "https://x"}}
    server.reply('{"name": "x"}')
    sent = [{"role": "user", "content": [image]}]
    chain.invoke(sent, extra_headers={"A": "b"}, response_format=Letter)
    assert server.requests[-1].body["messages"][1]["content"] == [image]
    assert server.requests[-1].headers["a"] == "b"


def test_other_messages_of_langchain_are_cleansed(conversation: Conversation) -> None:
    class Keeping(FakeListChatModel):
        """Keeps what it gets."""

        seen: list[Any]

        def _call(self, messages: Any, *rest: Any, **options: Any) -> str:
            self.seen.append((messages, options))
            return super()._call(messages, *rest, **options)

    model = Keeping(responses=[f"Dear {PERSON}"], seen=[])
    given: Any = [
        ChatMessage(f"Write to {ADA}", role=f"editor of {ADA}", id=f"to {ADA}"),
        AIMessage(
            f"Dear {ADA}",
            additional_kwargs={"function_call": {"name": "f", "arguments": f'["{ADA}"]'}},
            response_metadata={"id": "resp_1", "note": ADA, "model_name": ADA},
            invalid_tool_calls=[{"name": "f", "args": f"{ADA}{{", "id": "1", "error": ADA,
                                 "type": "invalid_tool_call"}],
        ),
        ToolMessage("ok", tool_call_id="1", artifact=ADA),
    ]  # fmt: skip
    chain = protect(model, conversation)
    assert chain.invoke(given, stop=[ADA]).text == f"Dear {ADA}"
    (messages, options), = model.seen  # fmt: skip
    assert "Lovelace" not in repr((messages, options))
    assert repr(messages).count(PERSON) == 7 + INSTRUCTIONS.count(PERSON)
    assert [type(one) for one in messages[1:]] == [ChatMessage, AIMessage, ToolMessage]
    chunks = [chunk.text for chunk in chain.stream(given)]
    assert "".join(chunks) == f"Dear {ADA}"


async def blocking(call: Any) -> None:
    list(call)


CALLS: dict[str, Any] = {
    "invoke": lambda chain: blocking(chain.invoke(LETTER)),
    "stream": lambda chain: blocking(chain.stream(LETTER)),
    "ainvoke": lambda chain: chain.ainvoke(LETTER),
    "astream": lambda chain: anext(chain.astream(LETTER)),
}


@pytest.mark.anyio
@pytest.mark.parametrize("call", CALLS)
async def test_when_cleansing_fails_nothing_is_sent_and_nothing_is_kept(  # noqa: PLR0917 - both variants
    model: BaseChatModel,
    server: FakeOpenAI,
    conversation: Conversation,
    async_conversation: AsyncConversation,
    sandbox: Sandbox,
    call: str,
) -> None:
    chain: Any = protect(model, async_conversation if call[0] == "a" else conversation)
    sandbox.fail_next(403, path="/api/v1/prompts/cleanse")
    with pytest.raises(APIStatusError, match="403") as caught:
        await CALLS[call](chain)
    frames = [entry.frame for entry in caught.traceback]
    ours = [one for one in frames if one.f_globals["__name__"].startswith("liminal")]
    assert ours
    assert not [one for one in ours if "Lovelace" in repr(one.f_locals)]
    assert server.requests == []


@pytest.mark.anyio
async def test_a_stream_that_is_left_closes_its_connection(
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


# ---- a model like any other


def test_it_says_of_itself_what_the_model_says(
    model: BaseChatModel, conversation: Conversation
) -> None:
    made: Any = protect(model, conversation)
    assert made.model_name == "any"
    assert made._llm_type == model._llm_type
    assert made.get_name() == "ChatOpenAI"
    assert made._get_ls_params()["ls_provider"] == "openai"


def test_what_is_no_model_is_refused(model: BaseChatModel, conversation: Conversation) -> None:
    given: Any
    for given in (object(), protect(model, conversation), model.bind(stop=["x"])):
        with pytest.raises(LiminalError, match="must be a chat model that isn't protected yet"):
            protect(given, conversation)

    class Odd(FakeListChatModel):
        """Binds tools in a way of its own."""

        def bind_tools(self, tools: Any, **options: Any) -> Any:
            return RunnableLambda(str)

    with pytest.raises(LiminalError, match="the tools of a Odd can't be protected"):
        protect(Odd(responses=[]), conversation).bind_tools([send], tool_choice="any")


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
