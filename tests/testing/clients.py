"""The three APIs of the two stand-ins, each called with its vendor's own package."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import anthropic
import openai

from liminal.testing import FakeAnthropic, FakeModel, FakeOpenAI

PROMPT = "Write to PERSON_0"
TOOL = {"name": "send", "description": "Sends a letter"}
SCHEMA = {"type": "object", "properties": {"to": {"type": "string"}}}


@dataclass(frozen=True)
class Said:
    """An answer as read by a client, in the same form for all APIs."""

    text: str
    calls: tuple[tuple[str, str], ...] = ()
    finish: str | None = None


@dataclass(frozen=True)
class Api:
    """One API: its stand-in, and how to call it."""

    name: str
    make: Callable[..., FakeModel]
    ask: Callable[[Any], Said]
    stream: Callable[[Any], Said]
    events: Callable[[Any], Iterator[Any]]
    finish: Callable[[Any], object]

    def end_of_stream(self, client: Any) -> Said:
        """Read a stream without the client's own helpers, for its last events."""
        return Said("", (), [end for each in self.events(client) if (end := self.finish(each))][-1])


@contextmanager
def connected(model: FakeModel, **options: Any) -> Iterator[Any]:
    """Connect the vendor's client, which does not retry."""
    kind = openai.OpenAI if isinstance(model, FakeOpenAI) else anthropic.Anthropic
    given = {"base_url": model.base_url, "api_key": model.api_key, "max_retries": 0} | options
    with kind(**given) as client:
        yield client


def ask_chat(client: openai.OpenAI) -> Said:
    return _choice(client.chat.completions.create(**chat()).choices[0])


def stream_chat(client: openai.OpenAI) -> Said:
    with client.chat.completions.stream(**chat()) as stream:
        stream.until_done()
        return _choice(stream.get_final_completion().choices[0])


def _choice(choice: Any) -> Said:
    calls = [
        (each.function.name, each.function.arguments) for each in choice.message.tool_calls or ()
    ]
    text = choice.message.content or choice.message.refusal or ""
    return Said(text, tuple(calls), choice.finish_reason)


def chat_events(client: openai.OpenAI) -> Any:
    return client.chat.completions.create(**chat(), stream=True)


def chat_finish(chunk: Any) -> object:
    return [each.finish_reason for each in chunk.choices][-1]


def chat() -> Any:
    tool = {"type": "function", "function": {**TOOL, "parameters": SCHEMA, "strict": True}}
    return {
        "model": "gpt-x",
        "messages": [{"role": "user", "content": PROMPT}],
        "tools": [tool],
    }


def ask_responses(client: openai.OpenAI) -> Said:
    return _said(client.responses.create(**responses()))


def stream_responses(client: openai.OpenAI) -> Said:
    with client.responses.stream(**responses()) as stream:
        return _said(stream.get_final_response())


def response_events(client: openai.OpenAI) -> Any:
    return client.responses.create(**responses(), stream=True)


def response_finish(event: Any) -> object:
    ends = event.type in ("response.completed", "response.incomplete")
    return _said(event.response).finish if ends else None


def responses() -> Any:
    tool = {"type": "function", **TOOL, "parameters": SCHEMA, "strict": True}
    return {"model": "gpt-x", "input": PROMPT, "tools": [tool]}


def _said(answer: Any) -> Said:
    calls = [(item.name, item.arguments) for item in answer.output if item.type == "function_call"]
    parts = [part for item in answer.output if item.type == "message" for part in item.content]
    text = "".join(part.text if part.type == "output_text" else part.refusal for part in parts)
    finish = answer.incomplete_details.reason if answer.incomplete_details else answer.status
    return Said(text, tuple(calls), finish)


def ask_messages(client: anthropic.Anthropic) -> Said:
    return _message(client.messages.create(**messages()))


def stream_messages(client: anthropic.Anthropic) -> Said:
    with client.messages.stream(**messages()) as stream:
        return _message(stream.get_final_message())


def message_events(client: anthropic.Anthropic) -> Any:
    return client.messages.create(**messages(), stream=True)


def message_finish(event: Any) -> object:
    return event.delta.stop_reason if event.type == "message_delta" else None


def messages() -> Any:
    return {
        "model": "claude-x",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": PROMPT}],
        "tools": [{**TOOL, "input_schema": SCHEMA}],
    }


def _message(answer: Any) -> Said:
    calls = [
        (block.name, json.dumps(block.input, ensure_ascii=False))
        for block in answer.content
        if block.type == "tool_use"
    ]
    text = "".join(block.text for block in answer.content if block.type == "text")
    return Said(text, tuple(calls), answer.stop_reason)


CHAT = Api("chat.completions", FakeOpenAI, ask_chat, stream_chat, chat_events, chat_finish)
RESPONSES = Api(
    "responses", FakeOpenAI, ask_responses, stream_responses, response_events, response_finish
)
MESSAGES = Api(
    "messages", FakeAnthropic, ask_messages, stream_messages, message_events, message_finish
)
APIS = (CHAT, RESPONSES, MESSAGES)
