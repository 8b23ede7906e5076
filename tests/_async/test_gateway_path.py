"""A server behind a company's gateway, which has a path in front of every operation's."""

import pytest
from pytest_httpx import HTTPXMock

from liminal import Client
from liminal_api.api.llm import list_model_instances

pytestmark = pytest.mark.anyio

GATEWAY = "https://gateway.example/liminal"
SIGNED = {"Cookie": "session=one"}


@pytest.fixture
def gateway(httpx_mock: HTTPXMock) -> HTTPXMock:
    """Serve a login, and answers to those who are signed in."""
    httpx_mock.add_response(
        url=f"{GATEWAY}/api/v1/auth/test-automation/login",
        headers=[
            ("Set-Cookie", "session=one; Path=/liminal/"),
            ("Set-Cookie", "session=of another program; Path=/other"),
        ],
    )
    return httpx_mock


@pytest.mark.parametrize("url", [GATEWAY, f"{GATEWAY}/"])
async def test_the_path_stays_in_front_of_every_operation(gateway: HTTPXMock, url: str) -> None:
    threads, models = {"data": []}, {"data": []}
    chunk = b'{"content": "Hi", "finishReason": "stop"}\n'
    api = f"{GATEWAY}/api/v1"
    gateway.add_response(url=f"{api}/threads?source=sdk", json=threads, match_headers=SIGNED)
    gateway.add_response(url=f"{api}/model-instances", json=models, match_headers=SIGNED)
    gateway.add_response(url=f"{api}/prompts/submit", content=chunk, match_headers=SIGNED)

    async with await Client.authenticate_from_token(url, "my-token") as client:
        assert await client.thread.get_available() == []
        answer = await list_model_instances.asyncio(client=client.api)
        assert answer.data == []
        assert await client.prompt.stream(1, "Hello").text() == "Hi"
