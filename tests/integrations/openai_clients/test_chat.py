"""Chat completions, whole and streamed."""

import json
from typing import Any

import openai
import pytest

from liminal import (
    Conversation,
)
from liminal.integrations.openai import INSTRUCTIONS, protect
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI

from .given import ADA, CUTS, LETTER, SEND, Letter


def test_requests_are_cleansed_and_answers_hydrated(
    client: openai.OpenAI, model: FakeOpenAI
) -> None:
    model.reply(SEND, "To PERSON_0")
    answer = client.chat.completions.create(model="any", messages=LETTER, n=2)
    assert type(answer).__module__ == "openai.types.chat.chat_completion"
    message = answer.choices[0].message
    assert message.content == f"Dear {ADA}, yes, {ADA}"
    assert json.loads(message.tool_calls[0].function.arguments) == {"to": ADA}  # type: ignore[index, union-attr]
    assert answer.choices[1].message.content == f"To {ADA}"
    assert model.requests[0].prompt == "Write to PERSON_0"


@CUTS
def test_a_stream_is_hydrated_however_it_is_split(
    client: openai.OpenAI, model: FakeOpenAI, cut: Any, packet: Any
) -> None:
    with FakeOpenAI(cut=cut, packet=packet) as other:
        other.reply(SEND, "To PERSON_0")
        copy = client.copy(base_url=other.base_url)
        text, arguments, second = "", "", ""
        for chunk in copy.chat.completions.create(model="any", messages=LETTER, n=2, stream=True):
            for choice in chunk.choices:
                if choice.index:
                    second += choice.delta.content or ""
                else:
                    text += choice.delta.content or ""
                    for call in choice.delta.tool_calls or ():
                        arguments += (call.function and call.function.arguments) or ""
        assert (text, second) == (f"Dear {ADA}, yes, {ADA}", f"To {ADA}")
        assert json.loads(arguments) == {"to": ADA}
        assert not other.saw("Lovelace")


@CUTS
def test_the_stream_helper_is_hydrated(
    plain: openai.OpenAI, conversation: Conversation, cut: Any, packet: Any
) -> None:
    with FakeOpenAI(cut=cut, packet=packet) as model:
        model.reply(SEND)
        client = protect(plain.copy(base_url=model.base_url), conversation)
        with client.chat.completions.stream(model="any", messages=LETTER) as stream:
            kinds = {event.type: event for event in stream}
            final = stream.get_final_completion().choices[0].message
        done: Any = kinds["content.done"]
        assert done.content == final.content == f"Dear {ADA}, yes, {ADA}"
        called: Any = kinds["tool_calls.function.arguments.done"]
        assert json.loads(called.arguments) == {"to": ADA}
        assert not model.saw("Lovelace")


def test_structured_outputs_stay_json(client: openai.OpenAI, model: FakeOpenAI) -> None:
    model.reply('{"to": "PERSON_0"}')
    answer = client.chat.completions.parse(model="any", messages=LETTER, response_format=Letter)
    assert answer.choices[0].message.parsed == Letter(to=ADA)


def test_a_structured_output_may_be_streamed(client: openai.OpenAI, model: FakeOpenAI) -> None:
    model.reply('{"to": "PERSON_0"}')
    options: Any = {"response_format": Letter, "stream_options": {"include_usage": True}}
    with client.chat.completions.stream(model="any", messages=LETTER, **options) as stream:
        final = stream.until_done().get_final_completion()
    assert final.choices[0].message.parsed == Letter(to=ADA)
    assert final.usage


def test_tools_and_their_results_are_cleansed_in_the_history(
    client: openai.OpenAI, model: FakeOpenAI, sandbox: Sandbox
) -> None:
    model.reply(SEND)
    message = client.chat.completions.create(model="any", messages=LETTER).choices[0].message
    (call,) = message.tool_calls or ()
    result = {"role": "tool", "tool_call_id": call.id, "content": f"{ADA}: ok"}
    history: Any = [*LETTER, message, result]
    client.chat.completions.create(model="any", messages=history)
    assert [one.text for one in model.requests[-1].messages if one.role == "tool"] == [
        "PERSON_0: ok"
    ]
    assert "Dear PERSON_0, yes, PERSON_0" in model.requests[-1].raw.decode()
    analyzed = [one.body["text"] for one in sandbox.requests if one.path.endswith("/analyze")]
    assert analyzed == [f"Write to {ADA}", f"{ADA}: ok"]


def test_in_a_long_conversation_a_value_keeps_its_placeholder(
    client: openai.OpenAI, model: FakeOpenAI, sandbox: Sandbox
) -> None:
    history: Any = []
    for turn in range(50):
        history += [{"role": "user", "content": f"{turn}. Write to {ADA}"}]
        message = client.chat.completions.create(model="any", messages=history).choices[0].message
        history += [message]
    sent = json.loads(model.requests[-1].raw)["messages"]
    asked = [one["content"] for one in sent if one["role"] == "user"]
    assert asked == [f"{turn}. Write to PERSON_0" for turn in range(50)]
    analyzed = [one.body["text"] for one in sandbox.requests if one.path.endswith("/analyze")]
    assert len(analyzed) == len(set(analyzed)) == 50


@pytest.mark.parametrize(
    ("messages", "first"),
    [
        (LETTER, {"role": "system", "content": INSTRUCTIONS}),
        (
            [{"role": "developer", "content": "Be kind."}],
            {"role": "developer", "content": f"Be kind.\n\n{INSTRUCTIONS}"},
        ),
        (
            [{"role": "system", "content": [{"type": "text", "text": "Be kind."}]}],
            {
                "role": "system",
                "content": [
                    {"type": "text", "text": "Be kind."},
                    {"type": "text", "text": INSTRUCTIONS},
                ],
            },
        ),
    ],
)
def test_the_model_is_told_to_leave_placeholders_alone(
    client: openai.OpenAI, model: FakeOpenAI, messages: Any, first: Any
) -> None:
    client.chat.completions.create(model="any", messages=messages)
    assert json.loads(model.requests[-1].raw)["messages"][0] == first


def test_the_instructions_are_optional(
    plain: openai.OpenAI, conversation: Conversation, model: FakeOpenAI
) -> None:
    client = protect(plain, conversation, instructions=None)
    client.chat.completions.create(model="any", messages=[{"role": "user", "content": "hello"}])
    assert model.requests[-1].prompt == "hello"
    assert len(model.requests[-1].messages) == 1


def test_lenient_hydrates_rewritten_placeholders(
    plain: openai.OpenAI, conversation: Conversation, model: FakeOpenAI
) -> None:
    model.reply("Dear [person 0]")
    model.reply("Dear [person 0]")
    client = protect(plain, conversation, lenient=True)
    answer = client.chat.completions.create(model="any", messages=LETTER)
    assert answer.choices[0].message.content == f"Dear {ADA}"
    stream = client.chat.completions.create(model="any", messages=LETTER, stream=True)
    assert "".join(one.choices[0].delta.content or "" for one in stream) == f"Dear {ADA}"
