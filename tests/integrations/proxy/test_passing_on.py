"""Requests to the proxy that no vendor's client would send, and failures."""

import json
import logging
import socket
import threading
from typing import Any

import httpx
import pytest

from liminal.errors import APIConnectionError, APITimeoutError
from liminal.integrations.proxy import _app
from liminal.integrations.proxy._problems import problem_of
from liminal.integrations.proxy._server import Running
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI
from tests._sync.waiting import until

from .running import ADA, KEY, running

CHAT = "/v1/chat/completions"
LETTER: Any = [{"role": "user", "content": f"Write to {ADA}"}]
BODY: Any = {"model": "any", "messages": LETTER}
IMAGE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}

NO_OBJECT = "the request isn't a JSON object, so it can't be cleansed or sent"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", NO_OBJECT),
        (b"[]", NO_OBJECT),
        (b"\xff\xfe", NO_OBJECT),
        (json.dumps(BODY | {"later": ADA}).encode(), "so nothing was sent: leave it out"),
        (json.dumps(BODY | {"messages": [IMAGE]}).encode(), "so nothing was sent: leave it out"),
    ],
)
def test_content_that_can_t_be_checked_is_refused_and_not_sent(
    http: httpx.Client, openai_model: FakeOpenAI, content: bytes, told: str
) -> None:
    answer = http.post(CHAT, content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].endswith(told)
    assert ADA not in answer.text
    assert openai_model.requests == []


@pytest.mark.parametrize("path", ["/api/v1/prompts/analyze", "/api/v1/prompts/cleanse"])
def test_when_liminal_fails_nothing_is_sent(
    http: httpx.Client, openai_model: FakeOpenAI, sandbox: Sandbox, path: str
) -> None:
    sandbox.fail_next(403, path=path)
    answer = http.post(CHAT, json=BODY)
    assert answer.status_code == 502
    assert "Liminal: " in answer.json()["error"]["message"]
    assert "403" in answer.json()["error"]["message"]
    assert openai_model.requests == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (APIConnectionError("no way"), 503),
        (APITimeoutError("too late"), 504),
        (httpx.ReadTimeout("too late"), 504),
        (httpx.ConnectError(ADA), 502),
        (KeyError(ADA), 500),
    ],
)
def test_an_error_names_its_origin_and_quotes_nothing(error: Exception, status: int) -> None:
    problem = problem_of(error)
    assert problem.status == status
    assert ADA not in problem.message


def test_an_internal_error_shows_no_content_and_is_not_logged(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(ADA)

    monkeypatch.setattr(_app, "_passed_back", fail)
    with caplog.at_level(logging.DEBUG):
        answer = http.post(CHAT, json=BODY)
    assert answer.status_code == 500
    assert "RuntimeError" in answer.text
    assert ADA not in answer.text + caplog.text


def test_nothing_of_a_call_is_logged(
    http: httpx.Client, openai_model: FakeOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    openai_model.reply("Dear PERSON_0")
    with caplog.at_level(logging.DEBUG):
        answer = http.post(CHAT, json=BODY | {"stream": True})
    assert ADA in answer.text
    logged = [str(vars(record)) for record in caplog.records if record.name != "httpcore.http11"]
    assert not [one for one in logged if ADA in one or KEY in one]


def test_other_headers_are_not_passed_on(http: httpx.Client, openai_model: FakeOpenAI) -> None:
    given = {"user-agent": ADA, "cookie": f"name={ADA}", "x-note": ADA, "openai-project": "p_1"}
    assert http.post(CHAT, json=BODY, headers=given).status_code == 200
    (request,) = openai_model.requests
    assert request.headers["openai-project"] == "p_1"
    assert request.headers["authorization"] == f"Bearer {openai_model.api_key}"
    assert not {"cookie", "x-note"} & set(request.headers)


@pytest.mark.parametrize(
    ("name", "scheme", "other"),
    [("x-api-key", "", "authorization"), ("authorization", "Bearer ", "x-api-key")],
)
def test_the_proxy_s_key_is_replaced_by_the_upstream_s(
    proxy: Running, openai_model: FakeOpenAI, name: str, scheme: str, other: str
) -> None:
    httpx.post(proxy.url + CHAT, json=BODY, headers={name: scheme + KEY})
    (request,) = openai_model.requests
    assert request.headers[name] == scheme + openai_model.api_key
    assert other not in request.headers


def test_a_redirect_is_not_followed_and_not_passed_on(
    http: httpx.Client, openai_model: FakeOpenAI
) -> None:
    openai_model.fail_next(307, headers={"location": "https://elsewhere.example/"})
    answer = http.post(CHAT, json=BODY)
    assert answer.status_code == 502
    assert "redirects" in answer.json()["error"]["message"]
    assert "location" not in answer.headers


def test_a_body_that_is_too_large_is_refused(
    http: httpx.Client, openai_model: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_app, "MAX_BODY_BYTES", 10)
    assert http.post(CHAT, json=BODY).status_code == 413
    assert openai_model.requests == []


def test_an_unreachable_upstream_is_an_error(sandbox: Sandbox) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with running(f"http://127.0.0.1:{closed.getsockname()[1]}", model_instance="1") as proxy:
            headers = {"authorization": f"Bearer {KEY}"}
            answer = httpx.post(proxy.url + CHAT, json=BODY, headers=headers)
    assert answer.status_code == 502
    assert "connection to the upstream failed" in answer.json()["error"]["message"]


def test_without_a_key_for_the_upstream_none_is_sent(
    sandbox: Sandbox, openai_model: FakeOpenAI
) -> None:
    with running(openai_model.base_url) as proxy:
        headers = {"authorization": f"Bearer {KEY}"}
        answer = httpx.post(proxy.url + CHAT, json=BODY, headers=headers)
    assert answer.status_code == 401
    assert "authorization" not in openai_model.requests[0].headers


def test_a_client_that_leaves_ends_the_upstream_s_stream(
    http: httpx.Client, openai_model: FakeOpenAI
) -> None:
    openai_model.reply("word " * 2000)
    openai_model.chunk_delay = 0.05
    with http.stream("POST", CHAT, json=BODY | {"stream": True}) as answer:
        next(answer.iter_bytes())
    assert openai_model.wait_until_idle(10)


def test_a_client_that_leaves_ends_the_wait_for_an_answer(
    http: httpx.Client, openai_model: FakeOpenAI
) -> None:
    openai_model.answer_delay = 60
    with pytest.raises(httpx.ReadTimeout):
        http.post(CHAT, json=BODY, timeout=1)
    assert len(openai_model.requests) == 1
    server = openai_model._server
    assert server is not None
    until(lambda: server.connections == 0)


def test_a_client_may_disconnect_before_its_request_is_complete(
    proxy: Running, http: httpx.Client, openai_model: FakeOpenAI
) -> None:
    host = proxy.url.removeprefix("http://")
    head = f"POST {CHAT} HTTP/1.1\r\nhost: {host}\r\nx-api-key: {KEY}\r\ncontent-length: 99\r\n\r\n"
    with socket.create_connection(proxy.listener.getsockname()) as client:
        client.sendall(head.encode() + b"{")
    assert http.get("/v1/models").status_code == 200
    assert [request.path for request in openai_model.requests] == ["/v1/models"]


def test_requests_are_served_at_the_same_time(http: httpx.Client, openai_model: FakeOpenAI) -> None:
    openai_model.answer = lambda _: "Dear PERSON_0"
    texts: list[str] = []

    def ask() -> None:
        answer = http.post(CHAT, json=BODY | {"stream": True})
        texts.append("".join(answer.text.split()))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [text.count("Lovelace") for text in texts] == [1] * 8
