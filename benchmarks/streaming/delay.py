"""Measures the time from the first bytes to the first chunk, and httpx's part of it."""

import time
from collections.abc import Callable, Iterator
from statistics import median, quantiles
from typing import NamedTuple

import httpx

from benchmarks.streaming.contestants import SSE, URL
from benchmarks.streaming.workload import chunks, event_stream
from liminal import SyncClient
from liminal._streams.chunks import ChunkDecoder
from liminal.auth import SessionId


class Delay(NamedTuple):
    """Microseconds from the bytes to the first chunk."""

    reader: str
    first_bytes: int
    median_us: float
    p99_us: float


class _Stamped(httpx.SyncByteStream):
    """A body that records when its bytes are read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def __iter__(self) -> Iterator[bytes]:
        self.at = time.perf_counter_ns()
        yield self._data


def run(repeats: int) -> list[Delay]:
    """Measure for one event, for a TCP segment, and for as much as httpx reads at a time."""
    body = b"".join(event_stream(chunks(2_000)))
    readers = {"decoder": _decoder, "SyncClient": _client, "httpx alone, raw bytes": _httpx}
    return [
        _delay(name, reader, body[:size], repeats)
        for size in (body.index(b"\n\n") + 2, 1_400, 65_536)
        for name, reader in readers.items()
    ]


def _delay(name: str, reader: Callable[[bytes], int], data: bytes, repeats: int) -> Delay:
    times = [reader(data) / 1000 for _ in range(repeats + 50)][50:]
    return Delay(name, len(data), median(times), quantiles(times, n=100)[-1])


def _decoder(data: bytes) -> int:
    start = time.perf_counter_ns()
    next(ChunkDecoder(SSE).feed(data))
    return time.perf_counter_ns() - start


def _client(data: bytes) -> int:
    body = _Stamped(data)
    client = SyncClient(URL, auth=SessionId("benchmark"), httpx_client=_http(body))
    with client.prompt.stream(1, "Summarize.") as stream:
        next(iter(stream))
        return time.perf_counter_ns() - body.at


def _httpx(data: bytes) -> int:
    body = _Stamped(data)
    with _http(body).stream("POST", URL) as response:
        next(response.iter_raw())
        return time.perf_counter_ns() - body.at


def _http(body: _Stamped) -> httpx.Client:
    headers = {"content-type": SSE}
    answer = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=body))
    return httpx.Client(transport=answer)
