"""Responses, whole and streamed."""

import json
from typing import Any

import openai
import pytest

from liminal import (
    Conversation,
    LiminalError,
    SyncClient,
)
from liminal.integrations.openai import INSTRUCTIONS, protect
from liminal.testing import FakeOpenAI

from .given import ADA, CUTS, LETTER, SEND, Letter


@CUTS
def test_responses_are_protected(
    plain: openai.OpenAI, conversation: Conversation, cut: Any, packet: Any
) -> None:
    with FakeOpenAI(cut=cut, packet=packet) as model:
        client = protect(plain.copy(base_url=model.base_url), conversation)
        model.reply(SEND)
        answer = client.responses.create(
            model="any", input=f"Write to {ADA}", instructions="Be kind."
        )
        assert answer.output_text == f"Dear {ADA}, yes, {ADA}"
        model.reply(SEND)
        deltas, arguments = "", ""
        with client.responses.stream(model="any", input=LETTER) as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    deltas += event.delta
                elif event.type == "response.function_call_arguments.delta":
                    arguments += event.delta
            assert stream.get_final_response().output_text == deltas == answer.output_text
        assert json.loads(arguments) == {"to": ADA}
        assert json.loads(model.requests[0].raw)["instructions"] == f"Be kind.\n\n{INSTRUCTIONS}"
        assert not model.saw("Lovelace")


def test_parsed_responses_are_hydrated(client: openai.OpenAI, model: FakeOpenAI) -> None:
    model.reply('{"to": "PERSON_0"}')
    answer = client.responses.parse(model="any", input=f"Write to {ADA}", text_format=Letter)
    assert answer.output_parsed == Letter(to=ADA)


def test_stored_turns_need_a_conversation(
    plain: openai.OpenAI, liminal: SyncClient, model: FakeOpenAI
) -> None:
    client = protect(plain, liminal, model_instance_id=1)
    with pytest.raises(LiminalError, match="previous_response_id continues a conversation"):
        client.responses.create(model="any", input="hello", previous_response_id="resp_1")
    assert model.requests == []
