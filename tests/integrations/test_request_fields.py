"""Every field of the packages' request types is known, and free text is always cleansed."""

from typing import Any

import pytest
from anthropic.types import ContentBlock, message_count_tokens_params, message_create_params
from anthropic.types.beta import BetaContentBlock
from anthropic.types.beta import message_create_params as beta_message_create_params
from openai.types.chat import ChatCompletionMessage, completion_create_params
from openai.types.responses import ResponseOutputItem, response_create_params

from liminal.integrations._protection.fields import ANTHROPIC, OPENAI
from liminal.integrations._protection.outgoing import Fields, Kind

from .driving import ADA
from .request_types import answer_fields_of, fields_of, lets_through

CHAT: Any = completion_create_params
RESPONSES: Any = response_create_params
MESSAGES: Any = message_create_params
BETA: Any = beta_message_create_params
# A tool's input_schema counts as a whole.
WITHIN_SCHEMA = {("object", "properties", True), ("object", "required", True)}
REQUESTS = [
    pytest.param(CHAT.CompletionCreateParamsNonStreaming, OPENAI, id="chat"),
    pytest.param(CHAT.CompletionCreateParamsStreaming, OPENAI, id="chat streamed"),
    pytest.param(RESPONSES.ResponseCreateParamsNonStreaming, OPENAI, id="responses"),
    pytest.param(RESPONSES.ResponseCreateParamsStreaming, OPENAI, id="responses streamed"),
    pytest.param(MESSAGES.MessageCreateParamsNonStreaming, ANTHROPIC, id="messages"),
    pytest.param(MESSAGES.MessageCreateParamsStreaming, ANTHROPIC, id="messages streamed"),
    pytest.param(BETA.MessageCreateParamsNonStreaming, ANTHROPIC, id="beta messages"),
    pytest.param(message_count_tokens_params.MessageCountTokensParams, ANTHROPIC, id="count"),
]


def kind_of(fields: Fields, owner: str, name: str) -> Kind | None:
    return fields.get(f"{owner}.{name}") or fields.get(name)


@pytest.mark.parametrize(("request_type", "fields"), REQUESTS)
def test_every_field_is_known(request_type: Any, fields: Fields) -> None:
    found = set(fields_of(request_type)) - WITHIN_SCHEMA
    unknown = {(owner, name) for owner, name, _ in found if kind_of(fields, owner, name) is None}
    assert unknown == set()
    assert len(found) > 50


@pytest.mark.parametrize(
    ("answer_type", "fields"),
    [
        (ChatCompletionMessage, OPENAI),
        (ResponseOutputItem, OPENAI),
        (ContentBlock, ANTHROPIC),
        (BetaContentBlock, ANTHROPIC),
    ],
)
def test_every_field_of_an_answer_is_known_when_it_comes_back(
    answer_type: Any, fields: Fields
) -> None:
    found = set(answer_fields_of(answer_type)) - {("object", "properties"), ("object", "required")}
    assert {(owner, name) for owner, name in found if kind_of(fields, owner, name) is None} == set()
    assert len(found) > 20


@pytest.mark.parametrize(("request_type", "fields"), REQUESTS)
def test_a_field_with_free_text_is_not_classified_as_structure(
    request_type: Any, fields: Fields
) -> None:
    holes = {
        (owner, name)
        for owner, name, holds_text in fields_of(request_type)
        if holds_text and kind_of(fields, owner, name) is Kind.STRUCTURE
    }
    assert holes == set()


@pytest.mark.parametrize(("request_type", "fields"), REQUESTS)
def test_no_field_passes_a_name_on(request_type: Any, fields: Fields) -> None:
    """Whatever its type: each is sent a name, which is cleansed, or the field is refused."""
    passed = {
        name
        for owner, name, _ in set(fields_of(request_type))
        if name not in {"type", "role"} and lets_through(fields, {"type": owner, name: ADA})
    }
    assert passed <= {"authorization", "headers", "logit_bias"}  # an MCP server's, and tokens


@pytest.mark.parametrize(
    ("fields", "owner", "name", "kind"),
    [
        (OPENAI, "user", "content", Kind.TEXT),
        (OPENAI, "tool", "content", Kind.TEXT),
        (OPENAI, "function_call_output", "output", Kind.TEXT),
        (OPENAI, "function", "arguments", Kind.DATA),
        (OPENAI, "function_call", "arguments", Kind.DATA),
        (OPENAI, "user", "name", Kind.TEXT),
        (OPENAI, "function", "name", Kind.IDENTIFIER),
        (OPENAI, "function", "description", Kind.TEXT),
        (OPENAI, "function", "parameters", Kind.SCHEMA),
        (OPENAI, "", "metadata", Kind.DATA),
        (OPENAI, "", "stop", Kind.TEXT),
        (OPENAI, "", "user", Kind.TEXT),
        (OPENAI, "image_url", "image_url", Kind.UNCHECKED),
        (OPENAI, "input_audio", "data", Kind.UNCHECKED),
        (OPENAI, "input_file", "file_id", Kind.UNCHECKED),
        (ANTHROPIC, "tool_result", "content", Kind.TEXT),
        (ANTHROPIC, "tool_use", "input", Kind.DATA),
        (ANTHROPIC, "", "system", Kind.TEXT),
        (ANTHROPIC, "", "stop_sequences", Kind.TEXT),
        (ANTHROPIC, "base64", "data", Kind.UNCHECKED),
        (ANTHROPIC, "url", "url", Kind.UNCHECKED),
        (ANTHROPIC, "text", "data", Kind.TEXT),
    ],
)
def test_a_field_has_the_expected_kind(fields: Fields, owner: str, name: str, kind: Kind) -> None:
    assert kind_of(fields, owner, name) is kind
