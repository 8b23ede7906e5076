"""The ``openai`` package, protected: real clients, against a server that keeps what it saw."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from pydantic import BaseModel

from liminal import (
    APIConnectionError,
    APIStatusError,
    AsyncConversation,
    Client,
    Conversation,
    LiminalError,
    SyncClient,
)
from liminal.auth import Token
from liminal.integrations._protection.protecting import http_client_of
from liminal.integrations.openai import INSTRUCTIONS, protect
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI, Reply, ToolCall

ADA = "Ada Lovelace"
LETTER: Any = [{"role": "user", "content": f"Write to {ADA}"}]
SEND = Reply("Dear PERSON_0, yes, PERSON_0", tool_calls=[ToolCall("send", {"to": "PERSON_0"})])
CUTS: Any = pytest.mark.parametrize(
    ("cut", "packet"), [(None, None), (1, None), (3, 1), (5, 7), (100, 3)]
)


class Letter(BaseModel):
    to: str


@pytest.fixture
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as model:
        yield model
        assert not model.saw("Lovelace")


@pytest.fixture
def plain(model: FakeOpenAI) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=model.base_url, api_key=model.api_key, max_retries=0) as client:
        yield client


@pytest.fixture
def client(plain: openai.OpenAI, conversation: Conversation) -> openai.OpenAI:
    return protect(plain, conversation)


# ---- chat completions


def test_what_is_sent_is_cleansed_and_what_comes_back_is_hydrated(
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
def test_a_stream_is_hydrated_wherever_it_is_cut(
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
def test_the_helper_for_streams_sees_the_same(
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


def test_it_need_not_be_told(
    plain: openai.OpenAI, conversation: Conversation, model: FakeOpenAI
) -> None:
    client = protect(plain, conversation, instructions=None)
    client.chat.completions.create(model="any", messages=[{"role": "user", "content": "hello"}])
    assert model.requests[-1].prompt == "hello"
    assert len(model.requests[-1].messages) == 1


# ---- responses


@CUTS
def test_responses(plain: openai.OpenAI, conversation: Conversation, cut: Any, packet: Any) -> None:
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


def test_parsed_responses(client: openai.OpenAI, model: FakeOpenAI) -> None:
    model.reply('{"to": "PERSON_0"}')
    answer = client.responses.parse(model="any", input=f"Write to {ADA}", text_format=Letter)
    assert answer.output_parsed == Letter(to=ADA)


def test_what_the_api_has_stored_needs_a_conversation(
    plain: openai.OpenAI, liminal: SyncClient, model: FakeOpenAI
) -> None:
    client = protect(plain, liminal, model_instance_id=1)
    with pytest.raises(LiminalError, match="previous_response_id continues a conversation"):
        client.responses.create(model="any", input="hello", previous_response_id="resp_1")
    assert model.requests == []


# ---- a client instead of a conversation


def test_no_request_knows_another_s_names(
    plain: openai.OpenAI, liminal: SyncClient, model: FakeOpenAI
) -> None:
    client = protect(plain, liminal, model_instance_id=1)
    for name in (ADA, "Alan Turing"):
        model.reply("PERSON_0 and PERSON_1")
        messages: Any = [{"role": "user", "content": f"Write to {name}"}]
        answer = client.chat.completions.create(model="any", messages=messages)
        assert answer.choices[0].message.content == f"{name} and PERSON_1"


# ---- nothing is sent


@pytest.mark.parametrize(
    "path", ["/api/v1/prompts/analyze", "/api/v1/prompts/cleanse", "/api/v1/threads"]
)
def test_when_cleansing_fails_nothing_is_sent(
    client: openai.OpenAI, model: FakeOpenAI, sandbox: Sandbox, path: str
) -> None:
    sandbox.fail_next(403, path=path)
    with pytest.raises(APIStatusError, match="403"):
        client.chat.completions.create(model="any", messages=LETTER)
    assert model.requests == []


@pytest.mark.parametrize("failure", ["dropped", "out of time"])
def test_when_the_service_does_not_answer_nothing_is_sent(
    plain: openai.OpenAI, model: FakeOpenAI, sandbox: Sandbox, failure: str
) -> None:
    with SyncClient(sandbox.url, auth=Token(sandbox.token), max_retries=0) as liminal:
        conversation = liminal.conversation(1)
        conversation.cleanse("hello")
        if failure == "dropped":
            sandbox.drop_next(path="/api/v1/prompts/cleanse")
        else:
            conversation = liminal.with_options(timeout=0.2).conversation(1)
            sandbox.answer_delay = 1
        with pytest.raises(APIConnectionError):
            protect(plain, conversation).chat.completions.create(model="any", messages=LETTER)
    assert model.requests == []


def test_an_error_takes_nothing_along_in_our_frames(
    client: openai.OpenAI, sandbox: Sandbox
) -> None:
    sandbox.fail_next(403, path="/api/v1/prompts/cleanse")
    with pytest.raises(APIStatusError) as caught:
        client.chat.completions.create(model="any", messages=LETTER)
    ours = [
        entry.frame
        for entry in caught.traceback
        if entry.frame.f_globals["__name__"].startswith("liminal")
    ]
    assert ours
    assert not [frame for frame in ours if "Lovelace" in repr(frame.f_locals)]
    assert not [frame for frame in ours if "request" in frame.f_locals]


def test_what_can_t_be_checked_is_not_sent(client: openai.OpenAI, model: FakeOpenAI) -> None:
    image: Any = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]
    with pytest.raises(LiminalError, match=r"messages\[0\]\.content\[0\]\.image_url"):
        client.chat.completions.create(model="any", messages=image)
    with pytest.raises(LiminalError, match="not_known can't be checked"):
        client.chat.completions.create(model="any", messages=LETTER, extra_body={"not_known": 1})
    assert model.requests == []


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"extra_query": {"note": ADA}}, "query parameter note"),
        ({"extra_query": {"beta": ADA}}, "query parameter beta"),
        ({"extra_headers": {"X-Note": ADA}}, "header x-note"),
        ({"extra_headers": {"User-Agent": ADA}}, "header user-agent"),
        ({"extra_headers": {"Idempotency-Key": ADA}}, "header idempotency-key"),
        ({"extra_headers": {"OpenAI-Beta": f"a, {ADA}"}}, "header openai-beta"),
    ],
)
def test_what_is_added_to_a_call_and_can_t_be_checked_is_not_sent(
    client: openai.OpenAI, model: FakeOpenAI, options: Any, place: str
) -> None:
    with pytest.raises(LiminalError, match=f"the {place} can't be checked"):
        client.chat.completions.create(model="any", messages=LETTER, **options)
    with pytest.raises(LiminalError, match=f"the {place} can't be checked"):
        client.models.list(**options)
    assert model.requests == []


def test_the_defaults_of_a_client_are_sent(
    plain: openai.OpenAI, conversation: Conversation, model: FakeOpenAI
) -> None:
    headers, query = {"X-Program": "of mine"}, {"tenant": "of mine"}
    client = protect(plain.copy(default_headers=headers, default_query=query), conversation)
    client.chat.completions.create(
        model="any", messages=LETTER, extra_headers={"OpenAI-Beta": "v1"}
    )
    assert model.requests[0].headers["x-program"] == "of mine"
    assert model.requests[0].query == "tenant=of+mine"


def test_lenient_hydration(
    plain: openai.OpenAI, conversation: Conversation, model: FakeOpenAI
) -> None:
    model.reply("Dear [person 0]")
    model.reply("Dear [person 0]")
    client = protect(plain, conversation, lenient=True)
    answer = client.chat.completions.create(model="any", messages=LETTER)
    assert answer.choices[0].message.content == f"Dear {ADA}"
    stream = client.chat.completions.create(model="any", messages=LETTER, stream=True)
    assert "".join(one.choices[0].delta.content or "" for one in stream) == f"Dear {ADA}"


def test_other_operations_are_not_sent(client: openai.OpenAI, model: FakeOpenAI) -> None:
    with pytest.raises(LiminalError, match=r"this operation \(POST\) isn't protected"):
        client.embeddings.create(model="any", input=ADA)
    with pytest.raises(LiminalError, match=r"this operation \(GET\) isn't protected"):
        client.models.retrieve(ADA)
    assert model.requests == []
    assert client.models.list().data[0].id == "fake-model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("any")


def test_a_body_that_is_no_json_is_not_sent(client: openai.OpenAI, model: FakeOpenAI) -> None:
    with pytest.raises(LiminalError, match="isn't a JSON object"):
        client.post("/chat/completions", cast_to=object, body=["x"])
    with pytest.raises(LiminalError, match="isn't a JSON object"):
        client.post("/chat/completions", cast_to=object, content=b"{")
    assert model.requests == []


def test_allow_unchecked_sends_them(
    plain: openai.OpenAI, conversation: Conversation, model: FakeOpenAI
) -> None:
    client = protect(plain, conversation, allow_unchecked=True)
    image: Any = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]
    client.chat.completions.create(model="any", messages=image, extra_query={"api": "x"})
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="any", input="x")
    assert len(model.requests) == 2


def test_the_version_of_an_api_is_sent(client: openai.OpenAI, model: FakeOpenAI) -> None:
    version = {"api-version": "2026-10-21"}
    client.chat.completions.create(model="any", messages=LETTER, extra_query=version)
    assert model.requests[0].query == "api-version=2026-10-21"


def test_a_realtime_connection_is_not_opened(client: openai.OpenAI) -> None:
    assert str(client.websocket_base_url) == "wss://not-protected.invalid"


# ---- a client like any other


def test_errors_of_the_model_pass_through(client: openai.OpenAI, model: FakeOpenAI) -> None:
    model.fail_next(400)
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="any", messages=LETTER)
    model.fail_next_stream(after=1, ending="cut")
    with pytest.raises((openai.APIError, httpx2.HTTPError)):
        list(client.chat.completions.create(model="any", messages=LETTER, stream=True))


def test_an_answer_that_is_no_json_stays_as_it_is(client: openai.OpenAI, model: FakeOpenAI) -> None:
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


def test_a_stream_that_is_left_closes_its_connection(
    client: openai.OpenAI, model: FakeOpenAI
) -> None:
    model.reply("Dear PERSON_0 " * 1000)
    model.chunk_delay = 0.01
    with client.chat.completions.create(model="any", messages=LETTER, stream=True) as stream:
        next(stream)
    assert model.wait_until_idle()


def test_to_close_it_closes_the_client_that_it_was_made_of(
    plain: openai.OpenAI, client: openai.OpenAI
) -> None:
    client.close()
    assert plain.is_closed()


def test_the_package_keeps_its_http_client_where_we_look_for_it(plain: openai.OpenAI) -> None:
    """If this fails, http_client_of has to look elsewhere: the package has renamed ``_client``."""
    assert isinstance(http_client_of(plain), httpx2.Client)


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.filterwarnings("ignore:Async generator")  # the package leaves them, on trio
@pytest.mark.anyio
async def test_an_asynchronous_client(async_conversation: AsyncConversation) -> None:
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


@pytest.mark.anyio
async def test_what_a_server_compresses_all_the_same_is_hydrated(
    conversation: Conversation, async_conversation: AsyncConversation
) -> None:
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "any"}
    message = {"role": "assistant", "content": "Dear PERSON_0"}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    content = gzip.compress(json.dumps(body | {"choices": [choice]}).encode())

    def answered(_: httpx2.Request) -> httpx2.Response:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        return httpx2.Response(200, headers=headers, stream=httpx2.ByteStream(content))

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


@pytest.mark.anyio
async def test_an_asynchronous_client_of_its_own_conversations(sandbox: Sandbox) -> None:
    with FakeOpenAI() as model:
        async with (
            Client(sandbox.url, auth=Token(sandbox.token)) as liminal,
            openai.AsyncOpenAI(base_url=model.base_url, api_key=model.api_key) as plain,
        ):
            client = protect(plain, liminal, model_instance_id=1)
            model.reply("Dear PERSON_0")
            answer = await client.chat.completions.create(model="any", messages=LETTER)
            assert answer.choices[0].message.content == f"Dear {ADA}"


def test_what_does_not_go_together_is_refused(
    plain: openai.OpenAI, liminal: SyncClient, conversation: Conversation
) -> None:
    asynchronous = openai.AsyncOpenAI(api_key="x")
    given: Any
    for given, problem in (
        ((asynchronous, conversation), "an asynchronous client needs a Client"),
        ((plain, Client("http://127.0.0.1:1")), "a blocking one a SyncClient"),
        ((plain, liminal), "model_instance_id says whose policy applies"),
        ((object(), conversation), "client must be of the class OpenAI or AsyncOpenAI"),
    ):
        with pytest.raises(LiminalError, match=problem):
            protect(*given)
    with pytest.raises(LiminalError, match="has a model instance already"):
        protect(plain, conversation, model_instance_id=1)
    with pytest.raises(LiminalError, match="must be an id"):
        protect(plain, liminal, model_instance_id=-1)
