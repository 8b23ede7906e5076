"""The requests that the proxy accepts. No other request reaches the model."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from liminal.integrations.proxy._guard import Guard
from liminal.integrations.proxy._problems import Refused
from liminal.testing import FakeOpenAI, running_sandbox
from tests.support.tls import NO_TLS

from .running import ADA, KEY, running

CHAT = "/v1/chat/completions"
BODY: Any = {"model": "any", "messages": [{"role": "user", "content": f"Write to {ADA}"}]}


@pytest.fixture(scope="module")
def openai_model() -> Iterator[FakeOpenAI]:
    """One for all: it is asked for nothing."""
    with FakeOpenAI() as model:
        yield model


@pytest.fixture(scope="module")
def http(openai_model: FakeOpenAI) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {KEY}"}
    with (
        running_sandbox(),
        running(openai_model.base_url, upstream_key=openai_model.api_key) as proxy,
        httpx.Client(base_url=proxy.url, headers=headers, timeout=20, verify=NO_TLS) as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def unasked(openai_model: FakeOpenAI) -> Any:
    yield
    assert openai_model.requests == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "attacker.example"}, 403),
        ({"host": "attacker.example:80"}, 403),
        ({"host": "127.0.0.1"}, 403),
        ({"host": "127.0.0.1.attacker.example"}, 403),
        ({"host": ""}, 403),
        ({"origin": "https://attacker.example"}, 403),
        ({"origin": "null"}, 403),
        ({"authorization": ""}, 401),
        ({"authorization": "Bearer sk-fake"}, 401),
        ({"authorization": f"Basic {KEY}"}, 401),
        ({"authorization": f"Bearer {KEY}x"}, 401),
        ({"x-api-key": ""}, 401),
        ({"x-api-key": "wrong"}, 401),
        ({"x-api-key": b"\xff"}, 401),
    ],
)
def test_requests_without_the_key_are_refused(
    http: httpx.Client, headers: Any, status: int
) -> None:
    answer = http.post(CHAT, json=BODY, headers=headers)
    assert answer.status_code == status
    assert answer.headers["x-should-retry"] == "false"
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_preflight_of_a_web_page_is_refused(http: httpx.Client) -> None:
    headers = {"origin": "https://attacker.example", "access-control-request-method": "POST"}
    answer = http.options(CHAT, headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/embeddings"),
        ("POST", "/v1/files"),
        ("POST", "/v1/x/chat/completions"),
        ("POST", "/chat/completions"),
        ("POST", CHAT + "/"),
        ("POST", "/v1//chat/completions"),
        ("POST", "/v1/chat%2Fcompletions"),
        ("POST", "/v1/%63hat/completions"),
        ("POST", "/v1/models"),
        ("GET", CHAT),
        ("GET", "/v1/models/a/b"),
        ("GET", "/v1/models/Ada%20Lovelace"),
        ("GET", "/v1/models/ada@example.com"),
        ("GET", "/v1/responses/resp_1"),
        ("DELETE", "/v1/responses/resp_1"),
        ("PUT", CHAT),
        ("OPTIONS", CHAT),
        ("GET", "/"),
        ("GET", "/v1/mod\u00e8ls"),
    ],
)
def test_other_operations_are_refused(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path, json=BODY)
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "not_found_error"


@pytest.mark.parametrize(
    "query", ["q=Ada+Lovelace", "beta=true&q=1", "beta=Ada", "api-version=a b"]
)
def test_a_query_that_can_t_be_checked_is_refused(http: httpx.Client, query: str) -> None:
    answer = http.post(f"{CHAT}?{query}", json=BODY)
    assert (answer.status_code, answer.json()["type"]) == (400, "error")


@pytest.mark.parametrize("port", [80, 8080])
def test_a_host_without_a_port_is_port_80(port: int) -> None:
    headers = httpx.Headers([("host", "localhost"), ("authorization", f"bearer {KEY}")]).raw
    scope = {"type": "http", "method": "GET", "path": "/v1/models", "raw_path": b"/v1/models"}
    request = Request(
        {**scope, "query_string": b"", "headers": [(k.lower(), v) for k, v in headers]}
    )
    guard = Guard(KEY, port)
    if port == 80:
        assert guard.check(request) == "authorization"
    else:
        with pytest.raises(Refused, match="Host"):
            guard.check(request)


def test_two_hosts_are_refused() -> None:
    headers = [(b"host", b"localhost:8080"), (b"host", b"attacker.example")]
    with pytest.raises(Refused, match="Host"):
        Guard(KEY, 8080).check(Request({"type": "http", "headers": headers}))
