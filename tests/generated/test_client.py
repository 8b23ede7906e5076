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
from liminal_api.models import AnalyzeRequest, SubmitRequest
from liminal_api.security import SCHEMES
from tests.generated import examples
from tests.generated.server import Server

ANSWER = json.dumps({"data": {"findings": [examples.finding()]}}).encode()
BODY = AnalyzeRequest(model_instance_id=7, text="Write to Ada")
PROMPT = SubmitRequest(model_instance_id=7, text="Write to Ada", is_streaming=True)
CHUNKS = b'{"content":"Dear","finishReason":null}\n{"content":"","finishReason":"stop"}\n'


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.url) as client:
        yield client


def test_a_blocking_call_gives_what_was_answered(client: Client, server: Server) -> None:
    server.answers(200, ANSWER)

    assert analyze_prompt.sync(client=client, body=BODY).data.findings[0].text == "Ada"


def test_a_request_holds_what_the_contract_says(client: Client, server: Server) -> None:
    server.answers(200, ANSWER)

    analyze_prompt.sync(client=client, body=BODY)

    (request,) = server.received
    assert (request.method, request.target) == ("POST", "/api/v1/prompts/analyze")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert json.loads(request.content) == {
        "modelInstanceId": 7,
        "source": "sdk",
        "text": "Write to Ada",
    }


def test_a_detailed_call_gives_status_and_headers_too(client: Client, server: Server) -> None:
    server.answers(201, ANSWER, **{"x-request-id": "r-1"})

    response = analyze_prompt.sync_detailed(client=client, body=BODY)

    assert response.status_code == 201
    assert response.headers["x-request-id"] == "r-1"
    assert response.content == ANSWER
    assert len(response.parsed.data.findings) == 1


def test_the_repr_of_a_response_holds_nothing_of_it(client: Client, server: Server) -> None:
    server.answers(200, ANSWER, **{"Set-Cookie": "session=secret"})

    response = analyze_prompt.sync_detailed(client=client, body=BODY)

    assert repr(response) == "Response(status_code=200)"


def test_a_status_that_is_no_success_is_an_error(client: Client, server: Server) -> None:
    server.answers(429, b"Ada", **{"Retry-After": "3"})

    with pytest.raises(UnexpectedStatus) as caught:
        analyze_prompt.sync(client=client, body=BODY)

    assert caught.value.status_code == 429
    assert caught.value.content == b"Ada"
    assert caught.value.headers is not None
    assert caught.value.headers["retry-after"] == "3"
    assert str(caught.value) == "The service answered with status 429."


def test_a_redirect_is_not_followed(client: Client, server: Server) -> None:
    server.answers(307, Location="/elsewhere")

    with pytest.raises(UnexpectedStatus):
        analyze_prompt.sync(client=client, body=BODY)

    assert len(server.received) == 1


def test_an_answer_that_does_not_fit_the_contract_is_an_error(
    client: Client, server: Server
) -> None:
    server.answers(200, b'{"data": {"findings": [{}]}}')

    with pytest.raises(DecodeError, match=r"\$\.data\.findings\[0\]\.start is missing"):
        analyze_prompt.sync(client=client, body=BODY)


def test_a_blocking_stream_gives_its_chunks(client: Client, server: Server) -> None:
    server.answers(200, CHUNKS, **{"Content-Type": "application/x-ndjson"})

    with submit_prompt.stream(client=client, body=PROMPT) as response:
        chunks = [submit_prompt.parse_chunk(line.encode()) for line in response.iter_lines()]

    assert [chunk.finish_reason for chunk in chunks] == [None, "stop"]
    assert server.received[0].headers["accept"] == "text/event-stream, application/x-ndjson"


def test_a_blocking_stream_that_is_refused_is_an_error(client: Client, server: Server) -> None:
    server.answers(503, b"Ada")

    with (
        pytest.raises(UnexpectedStatus) as caught,
        submit_prompt.stream(client=client, body=PROMPT),
    ):
        pytest.fail("there is no stream")

    assert caught.value.content == b"Ada"


@pytest.mark.anyio
async def test_an_asyncio_call_gives_what_was_answered(server: Server) -> None:
    server.answers(200, ANSWER)

    async with Client(server.url) as client:
        answer = await analyze_prompt.asyncio(client=client, body=BODY)

    assert answer.data.findings[0].text == "Ada"


@pytest.mark.anyio
async def test_a_detailed_asyncio_call_gives_status_and_headers_too(server: Server) -> None:
    server.answers(200, ANSWER, **{"x-request-id": "r-1"})

    async with Client(server.url) as client:
        response = await analyze_prompt.asyncio_detailed(client=client, body=BODY)

    assert response.headers["x-request-id"] == "r-1"


@pytest.mark.anyio
async def test_an_asyncio_stream_gives_its_chunks(server: Server) -> None:
    server.answers(200, CHUNKS)

    async with (
        Client(server.url) as client,
        submit_prompt.asyncio_stream(client=client, body=PROMPT) as response,
    ):
        lines = [line async for line in response.aiter_lines()]

    assert submit_prompt.parse_chunk(lines[0].encode()).content == "Dear"


@pytest.mark.anyio
async def test_an_asyncio_stream_that_is_refused_is_an_error(server: Server) -> None:
    server.answers(503, b"Ada")

    async with Client(server.url) as client:
        with pytest.raises(UnexpectedStatus) as caught:
            async with submit_prompt.asyncio_stream(client=client, body=PROMPT):
                pytest.fail("there is no stream")

    assert caught.value.content == b"Ada"


def test_a_client_sends_the_headers_that_it_was_given(server: Server) -> None:
    server.answers(200, ANSWER)

    with Client(server.url, headers={"Cookie": "session=s"}) as client:
        analyze_prompt.sync(client=client, body=BODY)

    assert server.received[0].headers["cookie"] == "session=s"


def test_a_client_uses_the_transport_that_it_was_given() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=ANSWER))

    with Client("https://api.test", transport=transport) as client:
        assert analyze_prompt.sync(client=client, body=BODY).data.findings


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
def test_an_error_that_holds_no_answer_is_pickled_whole(error: Exception) -> None:
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_the_security_schemes_say_where_a_credential_goes() -> None:
    places = {key: (scheme.location, scheme.name, scheme.prefix) for key, scheme in SCHEMES.items()}

    assert places == {
        "sessionCookie": ("cookie", "session", ""),
        "providerToken": ("header", "Authorization", "Bearer "),
        "environmentToken": ("header", "x-test-automation-api-key", ""),
    }


def test_every_name_of_the_package_can_be_had() -> None:
    assert set(liminal_api.__all__) <= set(dir(liminal_api))
    assert all(hasattr(liminal_api, name) for name in liminal_api.__all__)


def test_a_name_that_the_package_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = liminal_api.nothing  # type: ignore[attr-defined]
