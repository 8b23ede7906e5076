"""Content that can't be cleansed or checked is not sent."""

from typing import Any

import httpx2
import openai
import pytest

from liminal import (
    APIConnectionError,
    APIStatusError,
    Client,
    Conversation,
    LiminalError,
    SyncClient,
)
from liminal.auth import Token
from liminal.integrations.openai import protect
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI

from .given import ADA, LETTER


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


def test_no_frame_of_an_error_contains_the_text(client: openai.OpenAI, sandbox: Sandbox) -> None:
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


def test_content_that_can_t_be_checked_is_not_sent(
    client: openai.OpenAI, model: FakeOpenAI
) -> None:
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
        ({"extra_headers": {"Idempotency-Key": "ada@example.com"}}, "header idempotency-key"),
        ({"extra_headers": {"X-Stainless-Note": "ada@example.com"}}, "header x-stainless-note"),
        ({"extra_headers": {"Authorization": f"Bearer {ADA}"}}, "header authorization"),
        ({"extra_headers": {"Cookie": f"a={ADA}"}}, "header cookie"),
    ],
)
def test_an_unknown_header_or_query_of_a_call_is_not_sent(
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


def test_other_operations_are_not_sent(client: openai.OpenAI, model: FakeOpenAI) -> None:
    with pytest.raises(LiminalError, match=r"this operation \(POST\) isn't protected"):
        client.embeddings.create(model="any", input=ADA)
    with pytest.raises(LiminalError, match=r"this operation \(GET\) isn't protected"):
        client.models.retrieve(ADA)
    with pytest.raises(LiminalError, match=r"this operation \(GET\) isn't protected"):
        client.models.retrieve("ada@example.com")
    assert model.requests == []
    assert client.models.list().data[0].id == "fake-model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("any")


def test_a_body_that_is_not_json_is_not_sent(client: openai.OpenAI, model: FakeOpenAI) -> None:
    with pytest.raises(LiminalError, match="isn't a JSON object"):
        client.post("/chat/completions", cast_to=object, body=["x"])
    with pytest.raises(LiminalError, match="isn't a JSON object"):
        client.post("/chat/completions", cast_to=object, content=b"{")
    assert model.requests == []


def test_a_request_that_is_nested_too_deeply_is_not_sent(
    client: openai.OpenAI, model: FakeOpenAI
) -> None:
    parts: Any = []
    for _ in range(400):
        parts = [{"type": "text", "text": parts}]
    with pytest.raises(LiminalError, match="nested too deeply"):
        client.chat.completions.create(model="any", messages=[{"role": "user", "content": parts}])
    assert model.requests == []


def test_allow_unchecked_sends_unchecked_content(
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
    for copied in (client, client.with_options(timeout=1), client.copy(data_residency="eu")):
        assert copied.websocket_base_url == "wss://not-protected.invalid"


def test_a_copy_with_another_http_client_is_refused(
    client: openai.OpenAI, conversation: Conversation
) -> None:
    with httpx2.Client() as other:
        for copy in (client.copy, client.with_options):
            with pytest.raises(LiminalError, match="nothing would be protected"):
                copy(http_client=other)
    with pytest.raises(LiminalError, match="client is protected already"):
        protect(client, conversation)
    assert isinstance(client, openai.OpenAI)
    assert type(client).__name__ == "OpenAI"


def test_wrong_arguments_are_refused(
    plain: openai.OpenAI, liminal: SyncClient, conversation: Conversation
) -> None:
    asynchronous = openai.AsyncOpenAI(api_key="x")
    given: Any
    for given, problem in (
        ((asynchronous, conversation), "an asynchronous client needs a Client"),
        ((plain, Client("http://127.0.0.1:1")), "a blocking one a SyncClient"),
        ((plain, liminal), "model_instance_id says whose policy applies"),
        ((object(), conversation), "client must be of the class OpenAI or AsyncOpenAI"),
        ((plain, None), "must be a Liminal conversation or client, not of type NoneType"),
    ):
        with pytest.raises(LiminalError, match=problem):
            protect(*given)
    with pytest.raises(LiminalError, match="has a model instance already"):
        protect(plain, conversation, model_instance_id=1)
    with pytest.raises(LiminalError, match="must be an id"):
        protect(plain, liminal, model_instance_id=-1)
    text: Any = 5
    with pytest.raises(LiminalError, match="instructions must be a str"):
        protect(plain, conversation, instructions=text)
