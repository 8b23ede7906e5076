"""A protected client behaves like any other, blocking and asynchronous."""

import gzip
import json
from typing import Any

import httpx2
import openai
import pytest

from liminal import (
    AsyncConversation,
    Client,
    Conversation,
    LiminalError,
    SyncClient,
)
from liminal.auth import Token
from liminal.integrations._protection.protecting import http_client_of
from liminal.integrations.openai import protect
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI

from .given import ADA, LETTER, SEND


def test_no_request_hydrates_another_s_placeholders(
    plain: openai.OpenAI, liminal: SyncClient, model: FakeOpenAI
) -> None:
    client = protect(plain, liminal, model_instance_id=1)
    for name in (ADA, "Alan Turing"):
        model.reply("PERSON_0 and PERSON_1")
        messages: Any = [{"role": "user", "content": f"Write to {name}"}]
        answer = client.chat.completions.create(model="any", messages=messages)
        assert answer.choices[0].message.content == f"{name} and PERSON_1"


def test_another_instance_restores_what_one_has_cleansed(
    plain: openai.OpenAI, liminal: SyncClient, conversation: Conversation, model: FakeOpenAI
) -> None:
    conversation.cleanse(f"Write to {ADA}")
    other = protect(plain, liminal.conversation(1, thread_id=conversation.thread_id))
    model.reply("Dear PERSON_0")
    hello: Any = [{"role": "user", "content": "hello"}]
    stream = other.chat.completions.create(model="any", messages=hello, stream=True)
    assert "".join(one.choices[0].delta.content or "" for one in stream) == f"Dear {ADA}"


def test_errors_of_the_model_pass_through(client: openai.OpenAI, model: FakeOpenAI) -> None:
    model.fail_next(400)
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="any", messages=LETTER)
    model.fail_next_stream(after=1, ending="cut")
    with pytest.raises((openai.APIError, httpx2.HTTPError)):
        list(client.chat.completions.create(model="any", messages=LETTER, stream=True))


def test_an_answer_that_is_not_json_is_unchanged(client: openai.OpenAI, model: FakeOpenAI) -> None:
    model.fail_next(200, body="PERSON_0")
    raw = client.chat.completions.with_raw_response.create(model="any", messages=LETTER)
    assert raw.http_response.text == "PERSON_0"


def test_raw_and_streaming_responses_are_hydrated(client: openai.OpenAI, model: FakeOpenAI) -> None:
    model.reply("Dear PERSON_0")
    raw = client.chat.completions.with_raw_response.create(model="any", messages=LETTER)
    assert raw.parse().choices[0].message.content == f"Dear {ADA}"
    model.reply("Dear PERSON_0")
    with client.chat.completions.with_streaming_response.create(
        model="any", messages=LETTER
    ) as raw_stream:
        assert f"Dear {ADA}" in "".join(raw_stream.iter_text())


def test_an_abandoned_stream_closes_its_connection(
    client: openai.OpenAI, model: FakeOpenAI
) -> None:
    model.reply("Dear PERSON_0 " * 1000)
    model.chunk_delay = 0.01
    with client.chat.completions.create(model="any", messages=LETTER, stream=True) as stream:
        next(stream)
    assert model.wait_until_idle()


def test_closing_the_copy_closes_the_original(plain: openai.OpenAI, client: openai.OpenAI) -> None:
    client.close()
    assert plain.is_closed()


def test_the_package_keeps_its_http_client_where_we_look_for_it(plain: openai.OpenAI) -> None:
    """If this fails, http_client_of has to look elsewhere: the package has renamed ``_client``."""
    assert isinstance(http_client_of(plain), httpx2.Client)


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.filterwarnings("ignore:Async generator")  # the package leaves them, on trio
async def test_an_asynchronous_client_is_protected(async_conversation: AsyncConversation) -> None:
    with FakeOpenAI(cut=3) as model:
        model.reply(SEND)
        model.reply(SEND)
        async with openai.AsyncOpenAI(base_url=model.base_url, api_key=model.api_key) as plain:
            client = protect(plain, async_conversation)
            answer = await client.chat.completions.create(model="any", messages=LETTER)
            assert answer.choices[0].message.content == f"Dear {ADA}, yes, {ADA}"
            text = ""
            stream = await client.chat.completions.create(model="any", messages=LETTER, stream=True)
            async for chunk in stream:
                text += chunk.choices[0].delta.content or ""
            assert text == f"Dear {ADA}, yes, {ADA}"
            model.reply("PERSON_7")
            answer = await client.chat.completions.create(model="any", messages=LETTER)
            assert answer.choices[0].message.content == "PERSON_7"
            with pytest.raises(LiminalError, match="isn't protected"):
                await client.embeddings.create(model="any", input=ADA)
            await client.close()
            assert plain.is_closed()
        assert not model.saw("Lovelace")


@pytest.mark.parametrize("given", ["stream", "content"])  # a mock, or a hook, has read the content
async def test_a_compressed_or_already_read_answer_is_hydrated(
    conversation: Conversation, async_conversation: AsyncConversation, given: str
) -> None:
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "any"}
    message = {"role": "assistant", "content": "Dear PERSON_0"}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    content = gzip.compress(json.dumps(body | {"choices": [choice]}).encode())

    def answered(_: httpx2.Request) -> httpx2.Response:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        body: Any = content if given == "content" else httpx2.ByteStream(content)
        return httpx2.Response(200, headers=headers, **{given: body})

    transport = httpx2.MockTransport(answered)
    sent: Any = {"model": "any", "messages": LETTER}
    with httpx2.Client(transport=transport) as http:
        blocking = protect(openai.OpenAI(api_key="x", http_client=http), conversation)
        answer = blocking.chat.completions.create(**sent)
    assert answer.choices[0].message.content == f"Dear {ADA}"
    async with httpx2.AsyncClient(transport=transport) as async_http:
        plain = openai.AsyncOpenAI(api_key="x", http_client=async_http)
        client = protect(plain, async_conversation)
        answer = await client.chat.completions.create(**sent)
    assert answer.choices[0].message.content == f"Dear {ADA}"


async def test_with_a_client_each_asynchronous_request_has_its_own_conversation(
    sandbox: Sandbox,
) -> None:
    with FakeOpenAI() as model:
        async with (
            Client(sandbox.url, auth=Token(sandbox.token)) as liminal,
            openai.AsyncOpenAI(base_url=model.base_url, api_key=model.api_key) as plain,
        ):
            client = protect(plain, liminal, model_instance_id=1)
            model.reply("Dear PERSON_0")
            answer = await client.chat.completions.create(model="any", messages=LETTER)
            assert answer.choices[0].message.content == f"Dear {ADA}"


@pytest.mark.parametrize("kind", ["text/plain", "application/json", ""])
def test_events_are_hydrated_whatever_their_content_type(
    conversation: Conversation, kind: str
) -> None:
    def answered(_: httpx2.Request) -> httpx2.Response:
        pieces = ("Dear PERSON", "_0")
        chunks = [{"choices": [{"index": 0, "delta": {"content": one}}]} for one in pieces]
        data = "".join(f"data: {json.dumps(one)}\n\n" for one in chunks) + "data: [DONE]\n\n"
        return httpx2.Response(200, headers={"content-type": kind}, text=data)

    with httpx2.Client(transport=httpx2.MockTransport(answered)) as http:
        client = protect(openai.OpenAI(api_key="x", http_client=http), conversation)
        stream = client.chat.completions.create(model="any", messages=LETTER, stream=True)
        assert "".join(one.choices[0].delta.content or "" for one in stream) == f"Dear {ADA}"
