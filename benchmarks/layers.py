"""Measures the parts of one blocking call, without a network.

Nothing is sent: the innermost layer answers from memory.
"""

import timeit
from collections.abc import Callable
from typing import Any

import httpx

from liminal import SyncClient
from liminal._http.httpx_clients.bodies import UserBody, with_body
from liminal._sync._calls.read import read_answer
from liminal.auth import SessionId
from liminal_api.api.prompt import analyze_prompt
from liminal_api.models import AnalyzeRequest

URL = "http://127.0.0.1:1"
CONTENT = b'{"data": {"findings": [], "text": "hello"}}'
HEADERS = {"Content-Type": "application/json", "Content-Length": str(len(CONTENT))}
BODY = AnalyzeRequest(model_instance_id=1, text="Write to Ada Lovelace about the engine.")

_URL = httpx.URL(f"{URL}/api/v1/prompts/analyze")
_TIMEOUT = httpx.Timeout(60, connect=5).as_dict()
_BY_HAND = "the call by hand, without a network"
_TRY = "one try, encoded before and not decoded"
_SIGNED = "the same with a session"
_EXCHANGE = "the same with retries and a deadline"
_WHOLE = "the whole call, without a network"


def _answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers=HEADERS, stream=httpx.ByteStream(CONTENT), request=request)


class _Memory:
    """Answers immediately."""

    def close(self) -> None:
        pass

    def send(self, request: httpx.Request) -> httpx.Response:
        response = _answer(request)
        return with_body(UserBody(response), response, request)


def by_hand() -> object:
    """The same call by hand, without session, retries, deadline and limits."""
    kwargs = analyze_prompt.get_kwargs(body=BODY)
    request = httpx.Request("POST", _URL, headers=kwargs["headers"], content=kwargs.get("content"))
    request.headers["Cookie"] = "session=s"
    request.extensions["timeout"] = _TIMEOUT
    response = _answer(request)
    return analyze_prompt.parse_response(200, b"".join(response.iter_raw())).data


def layers() -> dict[str, Callable[[], Any]]:
    """Parts of the call, each of its steps, and the whole call."""
    client = SyncClient(URL, auth=SessionId("s"))
    runner, begin = client.api.runner, client.api.begin
    runner.http._own.append(_Memory())  # type: ignore[arg-type]  # noqa: SLF001 - in the pool's place
    operation, kwargs = analyze_prompt.OPERATION, analyze_prompt.get_kwargs(body=BODY)
    request = httpx.Request("GET", URL)

    def one_try(*, signed: bool) -> object:
        call = begin(operation, kwargs)
        call.is_login = not signed
        call.begin_try()
        return runner._send(call, read_answer)  # noqa: SLF001 - a step of send_with_retries()

    return {
        "encode the body": lambda: analyze_prompt.get_kwargs(body=BODY),
        "make an httpx.Request": lambda: httpx.Request("POST", _URL, headers=HEADERS, content=b""),
        "make an httpx.Response": lambda: _answer(request),
        "decode the answer": lambda: analyze_prompt.parse_response(200, CONTENT),
        _BY_HAND: by_hand,
        _TRY: lambda: one_try(signed=False),
        _SIGNED: lambda: one_try(signed=True),
        _EXCHANGE: lambda: runner.send_with_retries(begin(operation, kwargs), read_answer),
        _WHOLE: lambda: client.prompt.analyze(1, BODY.text),
    }


def run(rounds: int) -> dict[str, float]:
    """Microseconds of each part in its fastest round, since nothing here waits."""
    steps = layers()
    found = dict.fromkeys(steps, float("inf"))
    for _ in range(rounds):
        for name, step in steps.items():
            found[name] = min(found[name], min(timeit.repeat(step, number=100, repeat=10)) * 1e4)
    return {
        **found,
        "session": found[_SIGNED] - found[_TRY],
        "retries and deadline": found[_EXCHANGE] - found[_SIGNED],
        "all that the SDK adds": found[_WHOLE] - found[_BY_HAND],
    }
