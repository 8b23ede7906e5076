"""The ``anthropic`` package, protected: real clients, against a server that keeps what it saw."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest
from pydantic import BaseModel

from liminal import APIStatusError, AsyncConversation, Conversation, LiminalError, SyncClient
from liminal.integrations._protection.protecting import http_client_of
from liminal.integrations.anthropic import INSTRUCTIONS, protect
from liminal.sandbox import Sandbox
from liminal.testing import FakeAnthropic, Reply, ToolCall

ADA = "Ada Lovelace"
LETTER: Any = [{"role": "user", "content": f"Write to {ADA}"}]
SEND = Reply("Dear PERSON_0, yes, PERSON_0", tool_calls=[ToolCall("send", {"to": "PERSON_0"})])
SAID = f"Dear {ADA}, yes, {ADA}"


class Letter(BaseModel):
    to: str


@pytest.fixture(params=[(None, None), (1, None), (3, 1), (5, 7), (100, 3)])
def model(request: pytest.FixtureRequest) -> Iterator[FakeAnthropic]:
    cut, packet = request.param
    with FakeAnthropic(cut=cut, packet=packet) as model:
        yield model
        assert not model.saw("Lovelace")


@pytest.fixture
def plain(model: FakeAnthropic) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(
        base_url=model.base_url, api_key=model.api_key, max_retries=0
    ) as client:
        yield client


@pytest.fixture
def client(plain: anthropic.Anthropic, conversation: Conversation) -> anthropic.Anthropic:
    return protect(plain, conversation)


def test_a_message_is_hydrated_and_cleansed_in_the_next_turn(
    client: anthropic.Anthropic, model: FakeAnthropic, sandbox: Sandbox
) -> None:
    model.reply(SEND)
    answer = client.messages.create(model="any", max_tokens=9, messages=LETTER, system="Be kind.")
    said, called = answer.content
    assert said.type == "text"
    assert said.text == SAID
    assert called.type == "tool_use"
    assert called.input == {"to": ADA}
    result = {"type": "tool_result", "tool_use_id": called.id, "content": f"{ADA}: ok"}
    history: Any = [*LETTER, {"role": "assistant", "content": answer.content}]
    history += [{"role": "user", "content": [result]}]
    system: Any = [{"type": "text", "text": "Be kind."}]
    client.messages.create(model="any", max_tokens=9, messages=history, system=system)
    first, second = (json.loads(request.raw) for request in model.requests)
    assert first["system"] == f"Be kind.\n\n{INSTRUCTIONS}"
    assert second["system"][-1] == {"type": "text", "text": INSTRUCTIONS}
    assert second["messages"][1]["content"][1]["input"] == {"to": "PERSON_0"}
    analyzed = [one.body["text"] for one in sandbox.requests if one.path.endswith("/analyze")]
    assert len(analyzed) == len(set(analyzed))


def test_streams_are_hydrated(client: anthropic.Anthropic, model: FakeAnthropic) -> None:
    model.reply(SEND)
    with client.messages.stream(model="any", max_tokens=9, messages=LETTER) as stream:
        assert "".join(stream.text_stream) == SAID
        final: Any = stream.get_final_message().content
    assert (final[0].text, final[1].input) == (SAID, {"to": ADA})
    model.reply(SEND)
    text, arguments = "", ""
    for event in client.messages.create(model="any", max_tokens=9, messages=LETTER, stream=True):
        if event.type == "content_block_delta":
            text += event.delta.text if event.delta.type == "text_delta" else ""
            arguments += event.delta.partial_json if event.delta.type == "input_json_delta" else ""
    assert (text, json.loads(arguments)) == (SAID, {"to": ADA})
    assert json.loads(model.requests[0].raw)["system"] == INSTRUCTIONS


def test_structured_outputs_are_hydrated(client: anthropic.Anthropic, model: FakeAnthropic) -> None:
    model.reply('{"to": "PERSON_0"}')
    answer = client.messages.parse(model="any", max_tokens=9, messages=LETTER, output_format=Letter)
    assert answer.parsed_output == Letter(to=ADA)


def test_a_stream_that_fails_shows_no_partial_name(
    client: anthropic.Anthropic, model: FakeAnthropic
) -> None:
    model.reply("PERSON_0 PERSON_0 PERSON_0")
    model.fail_next_stream(after=2)
    pieces: list[str] = []
    with client.messages.stream(model="any", max_tokens=9, messages=LETTER) as stream:  # noqa: SIM117
        with pytest.raises(anthropic.AnthropicError, match="told to fail"):
            pieces.extend(stream.text_stream)
    assert f"{ADA} {ADA} {ADA}".startswith("".join(pieces))


def test_an_abandoned_stream_closes_its_connection(
    client: anthropic.Anthropic, model: FakeAnthropic
) -> None:
    model.reply("Dear PERSON_0 " * 1000)
    model.chunk_delay = 0.001
    with client.messages.create(model="any", max_tokens=9, messages=LETTER, stream=True) as stream:
        next(iter(stream))
    assert model.wait_until_idle()


def test_in_a_long_conversation_a_value_keeps_its_placeholder(
    conversation: Conversation, sandbox: Sandbox
) -> None:
    with FakeAnthropic() as model:
        plain = anthropic.Anthropic(base_url=model.base_url, api_key=model.api_key)
        client = protect(plain, conversation)
        history: Any = []
        for turn in range(50):
            history += [{"role": "user", "content": f"{turn}. Write to {ADA}"}]
            answer = client.messages.create(model="any", max_tokens=9, messages=history)
            history += [{"role": "assistant", "content": answer.content}]
        asked = [one.text for one in model.requests[-1].messages if one.role == "user"]
        assert asked == [f"{turn}. Write to PERSON_0" for turn in range(50)]
        assert not model.saw("Lovelace")
    analyzed = [one.body["text"] for one in sandbox.requests if one.path.endswith("/analyze")]
    assert len(analyzed) == len(set(analyzed)) == 50


def test_lenient_hydrates_rewritten_placeholders(
    plain: anthropic.Anthropic, conversation: Conversation, model: FakeAnthropic
) -> None:
    model.reply("Dear person 0")
    client = protect(plain, conversation, lenient=True)
    answer = client.messages.create(model="any", max_tokens=9, messages=LETTER)
    assert [one.text for one in answer.content if one.type == "text"] == [f"Dear {ADA}"]


def test_an_unknown_header_or_query_of_a_call_is_not_sent(
    client: anthropic.Anthropic, model: FakeAnthropic
) -> None:
    options: Any
    for options in ({"extra_headers": {"X": ADA}}, {"extra_query": {"X": ADA}}):
        with pytest.raises(LiminalError, match="can't be checked"):
            client.messages.create(model="any", max_tokens=9, messages=LETTER, **options)
    with pytest.raises(LiminalError, match="note can't be checked"):
        client.messages.create(model="any", max_tokens=9, messages=LETTER, extra_body={"note": ADA})
    assert model.requests == []
    client.beta.messages.create(model="any", max_tokens=9, messages=LETTER, betas=["a-1", "b-2"])
    assert "b-2" in model.requests[0].headers["anthropic-beta"]


def test_a_stored_thread_needs_a_conversation(
    plain: anthropic.Anthropic, client: anthropic.Anthropic, liminal: SyncClient
) -> None:
    letter: Any = {"model": "any", "max_tokens": 9, "messages": LETTER}
    client.beta.messages.create(**letter, thread={"type": "create"})
    client.beta.messages.create(
        **letter, thread={"type": "continue", "previous_message_id": "msg_1"}
    )
    alone = protect(plain, liminal, model_instance_id=1)
    with pytest.raises(LiminalError, match=r"thread\.previous_message_id continues"):
        alone.beta.messages.create(
            **letter, thread={"type": "continue", "previous_message_id": "msg_1"}
        )


def test_when_cleansing_fails_nothing_is_sent(
    client: anthropic.Anthropic, model: FakeAnthropic, sandbox: Sandbox
) -> None:
    sandbox.fail_next(403, path="/api/v1/prompts/analyze")
    with pytest.raises(APIStatusError, match="403") as caught:
        client.messages.create(model="any", max_tokens=9, messages=LETTER)
    assert isinstance(caught.value, anthropic.AnthropicError)
    assert caught.value.status_code == 403
    image: Any = [{"type": "image", "source": {"type": "url", "url": "x"}}]
    with pytest.raises(LiminalError, match="can't be checked"):
        client.messages.create(
            model="any", max_tokens=9, messages=[{"role": "user", "content": image}]
        )
    assert model.requests == []


def test_the_package_keeps_its_http_client_where_we_look_for_it(plain: anthropic.Anthropic) -> None:
    """If this fails, http_client_of has to look elsewhere: the package has renamed ``_client``."""
    assert isinstance(http_client_of(plain), httpx2.Client)


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_an_asynchronous_client_is_protected(
    async_conversation: AsyncConversation, model: FakeAnthropic
) -> None:
    async with anthropic.AsyncAnthropic(base_url=model.base_url, api_key=model.api_key) as plain:
        client = protect(plain, async_conversation)
        model.reply(SEND)
        async with client.messages.stream(model="any", max_tokens=9, messages=LETTER) as stream:
            assert "".join([text async for text in stream.text_stream]) == SAID
        with pytest.raises(LiminalError, match="isn't protected"):
            await client.post("/v1/elsewhere", cast_to=object, body={})
