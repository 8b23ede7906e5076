"""A protected model sends cleansed messages and options, and nothing unchecked."""

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import (
    FakeListChatModel,
)
from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    HumanMessage,
    ToolMessage,
)
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel

from liminal import (
    APIStatusError,
    AsyncConversation,
    Conversation,
    LiminalError,
)
from liminal.integrations.langchain import INSTRUCTIONS, protect
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI

from .conftest import ADA, LETTER

PERSON = "PERSON_0"


class Letter(BaseModel):
    """A letter."""

    name: str


@tool
def send(name: str) -> str:
    """Send a letter."""
    return name


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
def test_content_that_can_t_be_checked_is_not_sent(
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


def test_a_message_of_an_unknown_class_is_not_sent(
    model: BaseChatModel, server: FakeOpenAI, conversation: Conversation
) -> None:
    class Noted(HumanMessage):
        """Has a note."""

        note: str

    with pytest.raises(LiminalError, match=r"^messages\[0\]\.note can't be checked"):
        protect(model, conversation).invoke([Noted(f"Write to {ADA}", note=ADA)])
    assert server.requests == []


def test_allow_unchecked_sends_unchecked_content(
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
            response_metadata={"id": "ada@example.com", "note": ADA, "model_name": ADA},
            invalid_tool_calls=[{"name": "f", "args": f"{ADA}{{", "id": "1", "error": ADA,
                                 "type": "invalid_tool_call"}],
        ),
        ToolMessage("ok", tool_call_id="1", artifact=ADA),
    ]  # fmt: skip
    chain = protect(model, conversation)
    assert chain.invoke(given, stop=[ADA]).text == f"Dear {ADA}"
    (messages, options), = model.seen  # fmt: skip
    assert "Lovelace" not in repr((messages, options))
    assert "ada@example.com" not in repr(messages)
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


def test_anything_but_a_chat_model_is_refused(
    model: BaseChatModel, conversation: Conversation
) -> None:
    given: Any
    for given in (object(), protect(model, conversation), model.bind(stop=["x"])):
        with pytest.raises(LiminalError, match="must be a chat model that isn't protected yet"):
            protect(given, conversation)

    class Odd(FakeListChatModel):
        """Binds tools in an unsupported way."""

        def bind_tools(self, tools: Any, **options: Any) -> Any:
            return RunnableLambda(str)

    with pytest.raises(LiminalError, match="the tools of a Odd can't be protected"):
        protect(Odd(responses=[]), conversation).bind_tools([send], tool_choice="any")
