"""Runs one contestant in its own process: ``python benchmarks/worker.py NAME PORT``.

Reads a line ``{"how": "blocking", "calls": 100, "at_once": 1, "size": 40}`` and answers with the
seconds that these calls took. The script imports nothing of this project, since one contestant has
this project's import name.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import repeat
from typing import Any

# A contestant that takes longer for one round fails.
_TIMEOUT_SECONDS = 30
PATH = "/api/v1/prompts/analyze"
Blocking = Callable[[str], object]
Asyncio = Callable[[str], Awaitable[object]]


def _body(prompt: str) -> dict[str, Any]:
    return {"modelInstanceId": 1, "text": prompt}


def _chat(prompt: str) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": prompt}]}


def _httpx(url: str) -> Blocking:
    import httpx

    client = httpx.Client()
    return lambda prompt: client.post(url + PATH, json=_body(prompt)).json()


def _httpx2(url: str) -> Blocking:
    import httpx2

    client = httpx2.Client()
    return lambda prompt: client.post(url + PATH, json=_body(prompt)).json()


def _bytes(url: str, prompt: str) -> bytes:
    body = json.dumps(_body(prompt)).encode()
    host = url.partition("//")[2]
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n".encode()
        + (b"Content-Length: %d\r\n\r\n" % len(body) + body)
    )


def _content(came: bytes) -> bytes | None:
    """Return the body of a complete answer."""
    head, found, body = came.partition(b"\r\n\r\n")
    if not found:
        return None
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return body if len(body) == length else None


def _socket(url: str) -> Blocking:
    """No client: only what every client has to do."""
    import socket

    host, _, port = url.partition("//")[2].partition(":")
    sock = socket.create_connection((host, int(port)))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(prompt: str) -> object:
        sock.sendall(_bytes(url, prompt))
        came = b""
        while (content := _content(came)) is None:
            came += sock.recv(65536)
        return json.loads(content)

    return call


class _Protocol(asyncio.Protocol):
    def __init__(self) -> None:
        self._came = b""
        self.answered: asyncio.Future[bytes] | None = None

    def data_received(self, data: bytes) -> None:
        self._came += data
        content = _content(self._came)
        if content is not None and self.answered is not None:
            self._came = b""
            self.answered.set_result(content)


async def _async_socket(url: str) -> Asyncio:
    loop, free = asyncio.get_running_loop(), list[tuple[Any, _Protocol]]()
    host, _, port = url.partition("//")[2].partition(":")

    async def call(prompt: str) -> object:
        if free:
            transport, protocol = free.pop()
        else:
            transport, protocol = await loop.create_connection(_Protocol, host, int(port))
        protocol.answered = loop.create_future()
        transport.write(_bytes(url, prompt))
        content = await protocol.answered
        free.append((transport, protocol))
        return json.loads(content)

    return call


def _requests(url: str) -> Blocking:
    import requests

    session = requests.Session()
    return lambda prompt: session.post(url + PATH, json=_body(prompt)).json()


def _liminal(url: str) -> Blocking:
    from liminal import SyncClient
    from liminal.auth import Token

    client = SyncClient(url, auth=Token("token"))
    return lambda prompt: client.prompt.analyze(1, prompt)


def _openai(url: str) -> Blocking:
    from openai import OpenAI

    client = OpenAI(base_url=f"{url}/v1", api_key="key")
    return lambda prompt: client.chat.completions.create(**_chat(prompt))


def _anthropic(url: str) -> Blocking:
    from anthropic import Anthropic

    client = Anthropic(base_url=url, api_key="key")
    return lambda prompt: client.messages.create(max_tokens=99, **_chat(prompt))


async def _async_httpx(url: str) -> Asyncio:
    import httpx

    return _json_of(httpx.AsyncClient(), url)


async def _patient_httpx(url: str) -> Asyncio:
    import httpx

    return _json_of(httpx.AsyncClient(timeout=None), url)  # noqa: S113 - see its name


async def _async_httpx2(url: str) -> Asyncio:
    import httpx2

    return _json_of(httpx2.AsyncClient(), url)


async def _httpx_aiohttp(url: str) -> Asyncio:
    import httpx_aiohttp

    return _json_of(httpx_aiohttp.HttpxAiohttpClient(), url)


def _json_of(client: Any, url: str) -> Asyncio:
    async def call(prompt: str) -> object:
        return (await client.post(url + PATH, json=_body(prompt))).json()

    return call


async def _aiohttp(url: str) -> Asyncio:
    import aiohttp

    session = aiohttp.ClientSession()

    async def call(prompt: str) -> object:
        async with session.post(url + PATH, json=_body(prompt)) as response:
            return await response.json()

    return call


async def _async_liminal(url: str) -> Asyncio:
    from liminal import Client
    from liminal.auth import Token

    client = Client(url, auth=Token("token"))
    return lambda prompt: client.prompt.analyze(1, prompt)


async def _seed(url: str) -> Asyncio:
    from liminal import Client

    client = await Client.authenticate_from_token(url, "token")
    return lambda prompt: client.prompt.analyze(1, prompt)


async def _seed_pooled(url: str) -> Asyncio:
    from httpx import AsyncClient

    from liminal import Client

    client = await Client.authenticate_from_token(url, "token", httpx_client=AsyncClient())
    return lambda prompt: client.prompt.analyze(1, prompt)


async def _async_openai(url: str) -> Asyncio:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=f"{url}/v1", api_key="key")
    return lambda prompt: client.chat.completions.create(**_chat(prompt))


async def _async_anthropic(url: str) -> Asyncio:
    from anthropic import AsyncAnthropic

    client = AsyncAnthropic(base_url=url, api_key="key")
    return lambda prompt: client.messages.create(max_tokens=99, **_chat(prompt))


BLOCKING: dict[str, Callable[[str], Blocking]] = {
    "httpx": _httpx,
    "httpx2": _httpx2,
    "requests": _requests,
    "a bare socket": _socket,
    "liminal": _liminal,
    "openai": _openai,
    "anthropic": _anthropic,
}
ASYNCIO: dict[str, Callable[[str], Awaitable[Asyncio]]] = {
    "httpx": _async_httpx,
    "httpx, without timeouts": _patient_httpx,
    "httpx2": _async_httpx2,
    "httpx-aiohttp": _httpx_aiohttp,
    "aiohttp": _aiohttp,
    "a bare protocol": _async_socket,
    "liminal": _async_liminal,
    "liminal-sdk-python": _seed,
    "liminal-sdk-python, pooled": _seed_pooled,
    "openai": _async_openai,
    "anthropic": _async_anthropic,
}


class Worker:
    """Makes the calls, with the same clients for all rounds."""

    def __init__(self, name: str, url: str) -> None:
        self._name, self._url = name, url
        self._blocking: Blocking | None = None
        self._asyncio: Asyncio | None = None
        self._loop = asyncio.new_event_loop()

    def run(self, how: str, calls: int, at_once: int, size: int) -> float:
        """Return the seconds that the calls took, after the connections were opened."""
        prompt = f"Write to Ada Lovelace. size:{size}"
        gc.collect()
        if how == "blocking":
            return self._one_after_another(calls, prompt)
        return self._loop.run_until_complete(self._many(calls, at_once, prompt))

    def _one_after_another(self, calls: int, prompt: str) -> float:
        call = self._blocking = self._blocking or BLOCKING[self._name](self._url)
        call(prompt)
        begun = time.perf_counter()
        for _ in repeat(None, calls):
            call(prompt)
        return time.perf_counter() - begun

    async def _many(self, calls: int, at_once: int, prompt: str) -> float:
        call = self._asyncio = self._asyncio or await ASYNCIO[self._name](self._url)
        left = repeat(None, calls)

        async def work() -> None:
            for _ in left:
                await call(prompt)

        async with asyncio.timeout(_TIMEOUT_SECONDS):
            # Connections may have expired during the others' rounds; reopening them is not timed.
            await asyncio.gather(*(call(prompt) for _ in range(at_once)))
            begun = time.perf_counter()
            await asyncio.gather(*(work() for _ in range(at_once)))
        return time.perf_counter() - begun


def main() -> None:
    """Answer lines until the end of the input; an error is an answer, too."""
    worker = Worker(sys.argv[1], f"http://127.0.0.1:{sys.argv[2]}")
    for line in sys.stdin:
        try:
            answer: dict[str, object] = {"seconds": worker.run(**json.loads(line))}
        except Exception as error:  # noqa: BLE001 - reported in the answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
