"""The ``openai`` package, pointed at the proxy."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from liminal.integrations._protection.protection import INSTRUCTIONS
from liminal.integrations.proxy._server import Running
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI, Reply, ToolCall

from .running import ADA, KEY, SAID, running

LETTER: Any = [{"role": "user", "content": f"Write to {ADA}"}]
SEND = Reply("Dear PERSON_0, yes, PERSON_0", tool_calls=[ToolCall("send", {"to": "PERSON_0"})])


class Letter(BaseModel):
    to: str


@pytest.fixture
def client(proxy: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{proxy.url}/v1", api_key=KEY, max_retries=0) as client:
        yield client


def test_a_chat_is_hydrated_and_cleansed_in_the_next_turn(
    client: openai.OpenAI, openai_model: FakeOpenAI, sandbox: Sandbox
) -> None:
    openai_model.reply(SEND)
    answer = client.chat.completions.create(model="any", messages=LETTER).choices[0].message
    assert answer.content == SAID
    assert answer.tool_calls is not None
    call: Any = answer.tool_calls[0]
    assert json.loads(call.function.arguments) == {"to": ADA}
    result = {"role": "tool", "tool_call_id": call.id, "content": f"{ADA}: ok"}
    history: Any = [*LETTER, answer.model_dump(exclude_none=True), result]
    client.chat.completions.create(model="any", messages=history)
    sent = json.loads(openai_model.requests[1].raw)["messages"]
    assert sent[0] == {"role": "system", "content": INSTRUCTIONS}
    assert sent[2]["content"] == "Dear PERSON_0, yes, PERSON_0"
    assert sent[3]["content"] == "PERSON_0: ok"
    analyzed = [one.body["text"] for one in sandbox.requests if one.path.endswith("/analyze")]
    assert len(analyzed) == len(set(analyzed))


@pytest.mark.parametrize(("cut", "packet"), [(None, None), (1, None), (3, 1), (5, 7)])
def test_a_streamed_chat_is_hydrated(
    client: openai.OpenAI, openai_model: FakeOpenAI, cut: int | None, packet: int | None
) -> None:
    openai_model.cut, openai_model._controls.packet = cut, packet
    openai_model.reply(SEND, SEND)
    options: Any = {"stream_options": {"include_usage": True}}
    text, arguments = ["", ""], ["", ""]
    for chunk in client.chat.completions.create(
        model="any", messages=LETTER, stream=True, n=2, **options
    ):
        for choice in chunk.choices:
            text[choice.index] += choice.delta.content or ""
            for tool in choice.delta.tool_calls or ():
                assert tool.function is not None
                arguments[choice.index] += tool.function.arguments or ""
    assert text == [SAID, SAID]
    assert [json.loads(one) for one in arguments] == [{"to": ADA}, {"to": ADA}]


def test_responses_are_hydrated_whole_and_streamed(
    client: openai.OpenAI, openai_model: FakeOpenAI
) -> None:
    openai_model.reply(SEND)
    first = client.responses.create(model="any", input=f"Write to {ADA}")
    assert first.output_text == SAID
    openai_model.cut = 3
    openai_model.reply(SEND)
    with client.responses.stream(
        model="any", input=f"Again to {ADA}", previous_response_id=first.id
    ) as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(deltas) == final.output_text == SAID


def test_a_structured_output_is_hydrated(client: openai.OpenAI, openai_model: FakeOpenAI) -> None:
    openai_model.reply('{"to": "PERSON_0"}')
    answer = client.chat.completions.parse(model="any", messages=LETTER, response_format=Letter)
    assert answer.choices[0].message.parsed == Letter(to=ADA)


def test_the_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["fake-model"]


def test_an_error_in_the_middle_of_a_stream_reaches_the_client(
    client: openai.OpenAI, openai_model: FakeOpenAI
) -> None:
    openai_model.cut = 3
    openai_model.reply(SEND)
    openai_model.fail_next_stream(after=4, message="overloaded")
    with pytest.raises(openai.APIError, match="overloaded"):
        list(client.chat.completions.create(model="any", messages=LETTER, stream=True))


@pytest.mark.parametrize("ask", ["chat", "responses"])
def test_a_stream_that_is_cut_off_is_an_error_without_a_partial_name(
    client: openai.OpenAI, openai_model: FakeOpenAI, ask: str
) -> None:
    openai_model.cut = 1
    openai_model.reply("Dear PERSON_0")
    openai_model.fail_next_stream(after=len("Dear PERS"), ending="cut")
    seen = ""
    with pytest.raises(openai.APIError, match="connection to the upstream failed"):  # noqa: PT012
        if ask == "chat":
            for chunk in client.chat.completions.create(model="a", messages=LETTER, stream=True):
                seen += chunk.choices[0].delta.content or ""
        else:
            for event in client.responses.create(model="a", input=ADA, stream=True):
                seen += event.delta if event.type == "response.output_text.delta" else ""
    assert seen == "Dear "


def test_an_upstream_s_error_passes_through(
    client: openai.OpenAI, openai_model: FakeOpenAI
) -> None:
    openai_model.fail_next(429, headers={"retry-after": "7", "set-cookie": "a=b"})
    with pytest.raises(openai.RateLimitError, match="told to fail") as caught:
        client.chat.completions.create(model="any", messages=LETTER)
    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.request_id is not None
    assert "set-cookie" not in caught.value.response.headers


def test_with_lenient_rewritten_placeholders_are_hydrated(
    sandbox: Sandbox, openai_model: FakeOpenAI
) -> None:
    openai_model.reply("Dear person 0")
    url, key = openai_model.base_url, openai_model.api_key
    with (
        running(url, upstream_key=key, is_lenient=True) as proxy,
        openai.OpenAI(base_url=f"{proxy.url}/v1", api_key=KEY, max_retries=0) as client,
    ):
        answer = client.chat.completions.create(model="any", messages=LETTER)
    assert answer.choices[0].message.content == f"Dear {ADA}"


def test_isolated_requests_share_no_placeholders(
    sandbox: Sandbox, openai_model: FakeOpenAI
) -> None:
    url, key = openai_model.base_url, openai_model.api_key
    with (
        running(url, upstream_key=key, is_isolated=True) as proxy,
        openai.OpenAI(base_url=f"{proxy.url}/v1", api_key=KEY, max_retries=0) as client,
    ):
        client.chat.completions.create(model="any", messages=LETTER)
        openai_model.reply("PERSON_0 it is")
        hello: Any = [{"role": "user", "content": "Who was it?"}]
        answer = client.chat.completions.create(model="any", messages=hello)
        assert answer.choices[0].message.content == "PERSON_0 it is"
        with pytest.raises(openai.BadRequestError, match="run the proxy without --isolate"):
            client.responses.create(model="any", input="Hi", previous_response_id="resp_1")
