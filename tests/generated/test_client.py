"""The client by itself, against a server."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator

import httpx
import pytest

import liminal_api
from liminal_api import Client, DecodeError, UnexpectedStatus
from liminal_api.api.prompt import analyze_prompt, submit_prompt
from liminal_api.models import AnalyzeRequest, StreamResponseChunk, SubmitRequest
from tests.generated.making import example
from tests.generated.server import Server, plain

ANSWER = json.dumps({"data": {"findings": [example("AnalysisFinding")]}}).encode()
BODY = AnalyzeRequest(model_instance_id=7, text="Write to Ada")
PROMPT = SubmitRequest(model_instance_id=7, text="Write to Ada", is_streaming=True)
CHUNKS = b'{"content":"Dear","finishReason":null}\n{"content":"","finishReason":"stop"}\n'
PARSED = [StreamResponseChunk(content="Dear", finish_reason=None),
          StreamResponseChunk(content="", finish_reason="stop")]  # fmt: skip


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.url, headers={"Cookie": "session=s"}, transport=plain()) as client:
        yield client


@pytest.fixture
def asyncio_client(server: Server) -> Client:
    return Client(server.url)


def test_a_request_follows_the_contract_and_has_the_client_s_headers(
    client: Client, server: Server
) -> None:
    server.answers(200, ANSWER)

    analyze_prompt.sync(client=client, body=BODY)

    (request,) = server.received
    assert (request.method, request.target) == ("POST", "/api/v1/prompts/analyze")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert request.headers["cookie"] == "session=s"
    assert json.loads(request.content) == {
        "modelInstanceId": 7,
        "source": "sdk",
        "text": "Write to Ada",
    }


def test_a_call_returns_the_answer_and_a_detailed_one_its_status_and_headers(
    client: Client, server: Server
) -> None:
    server.answers(201, ANSWER, **{"x-request-id": "r-1", "Set-Cookie": "session=secret"})

    answer = analyze_prompt.sync(client=client, body=BODY)
    response = analyze_prompt.sync_detailed(client=client, body=BODY)

    assert answer.data.findings[0].text == "Ada Lovelace"
    assert (response.status_code, response.content) == (201, ANSWER)
    assert response.headers["x-request-id"] == "r-1"
    assert response.parsed == answer
    assert repr(response) == "Response(status_code=201)"


async def test_asyncio_calls_return_the_same(asyncio_client: Client, server: Server) -> None:
    server.answers(200, ANSWER, **{"x-request-id": "r-1"})

    async with asyncio_client:
        answer = await analyze_prompt.asyncio(client=asyncio_client, body=BODY)
        response = await analyze_prompt.asyncio_detailed(client=asyncio_client, body=BODY)

    assert response.parsed == answer == analyze_prompt.parse_response(200, ANSWER)
    assert response.headers["x-request-id"] == "r-1"


def test_a_status_other_than_success_is_an_error(client: Client, server: Server) -> None:
    server.answers(429, b"Ada", **{"Retry-After": "3"})

    with pytest.raises(UnexpectedStatus) as caught:
        analyze_prompt.sync(client=client, body=BODY)

    assert (caught.value.status_code, caught.value.content) == (429, b"Ada")
    assert caught.value.headers is not None
    assert caught.value.headers["retry-after"] == "3"
    assert str(caught.value) == "The service answered with status 429."


def test_a_redirect_is_not_followed(client: Client, server: Server) -> None:
    server.answers(307, Location="/elsewhere")
    with pytest.raises(UnexpectedStatus):
        analyze_prompt.sync(client=client, body=BODY)
    assert len(server.received) == 1


def test_an_invalid_answer_is_an_error(client: Client, server: Server) -> None:
    server.answers(200, b'{"data": {"findings": [{}]}}')
    with pytest.raises(DecodeError, match=r"\$\.data\.findings\[0\]\.start is missing"):
        analyze_prompt.sync(client=client, body=BODY)


# ---- streams


def test_a_stream_yields_its_chunks(client: Client, server: Server) -> None:
    server.answers(200, CHUNKS, **{"Content-Type": "application/x-ndjson"})

    with submit_prompt.stream(client=client, body=PROMPT) as response:
        lines = [*response.iter_lines()]

    assert [submit_prompt.parse_chunk(line.encode()) for line in lines] == PARSED
    assert server.received[0].headers["accept"] == "text/event-stream, application/x-ndjson"


async def test_an_asyncio_stream_yields_its_chunks(asyncio_client: Client, server: Server) -> None:
    server.answers(200, CHUNKS)
    stream = submit_prompt.asyncio_stream(client=asyncio_client, body=PROMPT)

    async with asyncio_client, stream as response:
        lines = [line async for line in response.aiter_lines()]

    assert [submit_prompt.parse_chunk(line.encode()) for line in lines] == PARSED


async def test_a_refused_stream_is_an_error(
    client: Client, asyncio_client: Client, server: Server
) -> None:
    server.answers(503, b"Ada")

    with pytest.raises(UnexpectedStatus) as caught:
        submit_prompt.stream(client=client, body=PROMPT).__enter__()
    async with asyncio_client:
        with pytest.raises(UnexpectedStatus) as awaited:
            await submit_prompt.asyncio_stream(client=asyncio_client, body=PROMPT).__aenter__()

    assert caught.value.content == awaited.value.content == b"Ada"


# ---- the client and its errors


def test_a_client_uses_its_transport_and_waits_a_minute_for_an_answer() -> None:
    timeouts = []

    def answer(request: httpx.Request) -> httpx.Response:
        timeouts.append(request.extensions["timeout"])
        return httpx.Response(200, content=ANSWER)

    with Client("https://api.test", transport=httpx.MockTransport(answer)) as client:
        assert analyze_prompt.sync(client=client, body=BODY).data.findings

    assert timeouts == [httpx.Timeout(60, connect=5).as_dict()]


def test_a_client_that_made_no_call_can_be_closed() -> None:
    with Client("https://api.test") as client:
        client.close()


def test_a_pickled_error_leaves_out_what_was_answered() -> None:
    error = UnexpectedStatus(500, httpx.Headers({"Set-Cookie": "session=s"}), b"Ada")

    pickled = pickle.dumps(error)

    assert b"Ada" not in pickled
    assert b"session" not in pickled
    assert pickle.loads(pickled).status_code == 500


@pytest.mark.parametrize(
    "error", [DecodeError("$.data", "is missing"), liminal_api.InvalidParameter("id", "is empty")]
)
def test_an_error_without_an_answer_is_pickled_whole(error: Exception) -> None:
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
