"""The stand-ins' JSON, checked against the types of the vendors' own packages.

The packages take nearly anything for an answer, so that what they read is no proof of its form.
"""

import json
from typing import Any

import httpx
import pytest
from anthropic.pagination import SyncPage
from anthropic.types import Message, ModelInfo, RawMessageStreamEvent
from openai.types import Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from liminal.streaming import iter_sse
from liminal.testing import FakeAnthropic, FakeModel, FakeOpenAI, Reply, ToolCall
from tests.support.tls import NO_TLS
from tests.testing.clients import chat, messages, responses

PATHS = {
    "chat.completions": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}
BODIES = {"chat.completions": chat, "responses": responses, "messages": messages}
WHOLE: dict[str, Any] = {
    "chat.completions": ChatCompletion,
    "responses": Response,
    "messages": Message,
}
EVENTS: dict[str, Any] = {
    "chat.completions": ChatCompletionChunk,
    "responses": ResponseStreamEvent,
    "messages": RawMessageStreamEvent,
}
REPLIES = {
    "text": Reply("Dear PERSON_0"),
    "empty": Reply(),
    "tools": Reply("I will.", tool_calls=[ToolCall("send", {"to": "PERSON_0"}), ToolCall("stop")]),
    "tools alone": Reply(tool_calls=[ToolCall("send", {"to": "PERSON_0"})]),
    "thinking": Reply("Yes", thinking="Who is PERSON_0?"),
    "refusal": Reply(refusal="No."),
    "length": Reply("Dear", finish="length"),
}


def stand_in(name: str) -> FakeModel:
    return FakeAnthropic() if name == "messages" else FakeOpenAI()


def post(model: FakeModel, path: str, body: object, **headers: str) -> httpx.Response:
    key = {"authorization": f"Bearer {model.api_key}"} | headers
    with httpx.Client(base_url=model.url, verify=NO_TLS, trust_env=False) as client:
        return client.post(path, json=body, headers=key)


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
@pytest.mark.parametrize("name", PATHS)
def test_a_whole_answer_and_each_event_of_a_stream_have_the_api_s_form(
    name: str, reply: Reply
) -> None:
    with stand_in(name) as model:
        model.reply(reply, reply)
        answer = post(model, PATHS[name], BODIES[name]())
        streamed = post(model, PATHS[name], {**BODIES[name](), "stream": True})
    assert answer.headers["content-type"] == "application/json"
    WHOLE[name].model_validate_json(answer.content)
    assert streamed.headers["content-type"].startswith("text/event-stream")
    events = list(iter_sse([streamed.content]))
    assert (events[-1].data == "[DONE]") is (name == "chat.completions")
    kind = TypeAdapter[Any](EVENTS[name])
    for event in events:
        if event.data != "[DONE]" and event.event != "ping":
            kind.validate_json(event.data)
            assert json.loads(event.data).get("type") in (None, event.event)


def test_the_events_of_a_response_are_numbered() -> None:
    with FakeOpenAI() as model:
        answer = post(model, PATHS["responses"], {**responses(), "stream": True})
    numbers = [json.loads(event.data)["sequence_number"] for event in iter_sse([answer.content])]
    assert numbers == list(range(len(numbers)))


def test_a_response_repeats_the_fields_of_its_request() -> None:
    said = {"instructions": "Be brief.", "temperature": 0.5, "metadata": {"a": "b"}}
    with FakeOpenAI() as model:
        answer = post(model, PATHS["responses"], {**responses(), **said}).json()
    assert {name: answer[name] for name in said} == said


def test_a_lone_surrogate_is_sent_as_a_json_escape() -> None:
    with FakeOpenAI() as model:
        model.reply("half \ud83d a face")
        answer = post(model, PATHS["chat.completions"], chat())
    assert b"half \\ud83d a face" in answer.content


@pytest.mark.parametrize(
    ("make", "names"), [(FakeOpenAI, ["a", "b"]), (FakeAnthropic, ["a", "b"]), (FakeAnthropic, [])]
)
def test_models_are_listed(make: Any, names: list[str]) -> None:
    headers = {"x-api-key": "k", "authorization": "Bearer k"}
    with make(api_key="k", models=names) as model:
        url = f"{model.url}/v1/models"
        page = httpx.get(url, headers=headers, verify=NO_TLS, trust_env=False).json()
        assert model.requests[0].api == "models"
    assert [each["id"] for each in page["data"]] == names
    if make is FakeAnthropic:
        SyncPage[ModelInfo].model_validate(page)
    else:
        assert [Model.model_validate(each).id for each in page["data"]] == names


MESSAGE = {"role": "user", "content": "?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
USE = {"type": "tool_use", "id": "c1", "name": "f", "input": {}}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("chat.completions", {"model": None}, "model"),
    ("chat.completions", {"n": 0}, "n: expected 1 to 128"),
    ("chat.completions", {"n": "2"}, "n: expected 1 to 128"),
    ("chat.completions", {"n": 129}, "n: expected 1 to 128"),
    ("chat.completions", {"messages": []}, "messages"),
    ("chat.completions", {"messages": "Hello"}, "messages: expected an array"),
    ("chat.completions", {"messages": ["Hello"]}, "messages: expected objects"),
    ("chat.completions", {"messages": [{"role": "boss", "content": "?"}]}, "unknown role"),
    ("chat.completions", {"messages": [{"role": "tool", "tool_call_id": "c1"}]}, "tool_calls"),
    ("chat.completions", {"messages": [MESSAGE | {"tool_calls": 5}]}, "not formed"),
    ("chat.completions", {"tools": [{"type": "function", "function": {"name": "é"}}]}, "tools"),
    ("responses", {"input": []}, "input"),
    ("responses", {"input": None}, "input"),
    ("responses", {"input": [{"role": "boss", "content": "?"}]}, "unknown role"),
    ("responses", {"input": [{"type": "function_call_output", "call_id": "c1"}]}, "no tool call"),
    ("responses", {"tools": [{"type": "function", "name": ""}]}, "tools"),
    ("messages", {"max_tokens": None}, "max_tokens"),
    ("messages", {"messages": []}, "messages"),
    ("messages", {"messages": [{"role": "system", "content": "?"}]}, "unexpected role"),
    (
        "messages",
        {"messages": [MESSAGE | {"content": [{"type": "tool_result", "tool_use_id": "c1"}]}]},
        "tool_result",
    ),
    ("messages", {"tools": [{"name": "a b"}]}, "tools"),
]


@pytest.mark.parametrize(("name", "change", "told"), WRONG)
def test_invalid_requests_are_refused_like_the_api_does(name: str, change: Any, told: str) -> None:
    with stand_in(name) as model:
        answer = post(model, PATHS[name], {**BODIES[name](), **change})
        assert answer.status_code == 400
        assert told in answer.json()["error"]["message"]
        assert [request.status for request in model.requests] == [400]


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"model": NaN}'])
def test_a_body_that_is_not_a_json_object_is_refused(body: bytes) -> None:
    with FakeOpenAI() as model:
        key = {"authorization": f"Bearer {model.api_key}"}
        url = f"{model.base_url}/responses"
        answer = httpx.post(url, content=body, headers=key, verify=NO_TLS, trust_env=False)
    assert answer.status_code == 400
    assert not isinstance(model.requests[0].body, dict)
    assert (model.requests[0].model, model.requests[0].streamed) == ("", False)


ACCEPTED: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    (
        "chat.completions",
        {
            "messages": [
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "A"}]},
                {"role": "assistant", "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "c1", "content": "B"},
            ]
        },
        [("system", "Be brief."), ("user", "A"), ("assistant", ""), ("tool", "B")],
    ),
    (
        "responses",
        {
            "instructions": "Be brief.",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "A"}]},
                {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c1", "output": "B"},
            ],
        },
        [("system", "Be brief."), ("user", "A"), ("assistant", "{}"), ("tool", "B")],
    ),
    (
        "responses",
        {
            "previous_response_id": "resp_1",
            "input": [{"type": "function_call_output", "call_id": "c1", "output": "B"}],
        },
        [("tool", "B")],
    ),
    (
        "messages",
        {
            "system": [{"type": "text", "text": "Be brief."}],
            "messages": [
                {"role": "user", "content": "A"},
                {"role": "assistant", "content": [{"type": "text", "text": "C"}, USE]},
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "c1", "content": "B"},
                        {"type": "text", "text": "D"},
                    ],
                },
            ],
        },
        [("system", "Be brief."), ("user", "A"), ("assistant", "C"), ("tool", "B"), ("user", "D")],
    ),
]


@pytest.mark.parametrize(("name", "change", "read"), ACCEPTED)
def test_messages_have_the_same_form_for_all_apis(
    name: str, change: Any, read: list[tuple[str, str]]
) -> None:
    with stand_in(name) as model:
        assert post(model, PATHS[name], {**BODIES[name](), **change}).status_code == 200
        assert [tuple(message) for message in model.requests[0].messages] == read
        assert model.requests[0].prompt == ([t for role, t in read if role == "user"] or [""])[-1]
