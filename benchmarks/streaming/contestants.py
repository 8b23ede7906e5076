"""Reads the same bytes with this SDK, which returns typed chunks, and others, which return dicts.

Each contestant reads one whole answer and returns how many events it saw.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

import httpx
from httpx_sse import EventSource

from benchmarks.streaming.workload import chunks, event_stream, json_lines
from liminal import Client, SyncClient
from liminal._streams.chunks import ChunkDecoder
from liminal.auth import SessionId

SSE = "text/event-stream"
LINES = "application/x-ndjson"
URL = "http://127.0.0.1"


class Race(NamedTuple):
    """Contestants that do the same; the others are compared to the last one."""

    title: str
    contestants: dict[str, Callable[[], int]]


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """An answer's body in memory, piece by piece."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def races(events: int) -> list[Race]:
    """Prepare the races, each over the same answer of ``count`` events."""
    texts = chunks(events)
    sse, lines = event_stream(texts), json_lines(texts)
    ours, theirs = "liminal, typed chunks", "httpx-sse and json.loads"
    return [
        Race(
            "event stream, decoder alone",
            {ours: _decoder(SSE, sse), **_sdk_decoders(sse), theirs: _httpx_sse(sse)},
        ),
        Race("event stream, blocking", {ours: _client(sse), theirs: _httpx_client(sse)}),
        Race("event stream, asyncio", {ours: _async_client(sse), theirs: _httpx_async_client(sse)}),
        Race(
            "JSON lines, decoder alone",
            {ours: _decoder(LINES, lines), "httpx's iter_lines and json.loads": _iter_lines(lines)},
        ),
    ]


def _transport(pieces: list[bytes]) -> httpx.MockTransport:
    headers = {"content-type": SSE}
    return httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=Body(pieces)))


def _decoder(content_type: str, pieces: list[bytes]) -> Callable[[], int]:
    def read() -> int:
        decoder = ChunkDecoder(content_type)
        return sum(1 for piece in pieces for _chunk in decoder.feed(piece))

    return read


def _sdk_decoders(pieces: list[bytes]) -> dict[str, Callable[[], int]]:
    """The decoders of the installed SDKs, with json.loads as they use it."""
    return {
        f"{name}'s decoder and json.loads": _sdk_decoder(f"{name}._streaming", pieces)
        for name in ("openai", "anthropic")
        if find_spec(name)
    }


def _sdk_decoder(module: str, pieces: list[bytes]) -> Callable[[], int]:
    decoder = import_module(module).SSEDecoder

    def read() -> int:
        count = 0
        for event in decoder().iter_bytes(iter(pieces)):
            json.loads(event.data)
            count += 1
        return count

    return read


def _httpx_sse(pieces: list[bytes]) -> Callable[[], int]:
    def read() -> int:
        response = httpx.Response(200, headers={"content-type": SSE}, stream=Body(pieces))
        return _count(EventSource(response))

    return read


def _count(source: EventSource) -> int:
    count = 0
    for event in source.iter_sse():
        json.loads(event.data)
        count += 1
    return count


def _client(pieces: list[bytes]) -> Callable[[], int]:
    http = httpx.Client(transport=_transport(pieces))
    client = SyncClient(URL, auth=SessionId("benchmark"), httpx_client=http)
    return lambda: sum(1 for _chunk in client.prompt.stream(1, "Summarize."))


def _httpx_client(pieces: list[bytes]) -> Callable[[], int]:
    http = httpx.Client(transport=_transport(pieces))

    def read() -> int:
        with http.stream("POST", URL) as response:
            return _count(EventSource(response))

    return read


def _async_client(pieces: list[bytes]) -> Callable[[], int]:
    async def read() -> int:
        async with httpx.AsyncClient(transport=_transport(pieces)) as http:
            client = Client(URL, auth=SessionId("benchmark"), httpx_client=http)
            count = 0
            async for _chunk in client.prompt.stream(1, "Summarize."):
                count += 1
            return count

    return lambda: asyncio.run(read())


def _httpx_async_client(pieces: list[bytes]) -> Callable[[], int]:
    async def read() -> int:
        transport = _transport(pieces)
        async with (
            httpx.AsyncClient(transport=transport) as http,
            http.stream("POST", URL) as response,
        ):
            count = 0
            async for event in EventSource(response).aiter_sse():
                json.loads(event.data)
                count += 1
            return count

    return lambda: asyncio.run(read())


def _iter_lines(pieces: list[bytes]) -> Callable[[], int]:
    def read() -> int:
        response = httpx.Response(200, stream=Body(pieces))
        count = 0
        for line in response.iter_lines():
            json.loads(line)
            count += 1
        return count

    return read
