"""Measures the growth of resident memory while gigabytes of events are read (on Linux)."""

import resource
from collections.abc import Iterator
from itertools import chain, cycle, islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.streaming.contestants import LINES, SSE
from benchmarks.streaming.workload import NETWORK_CHUNK, chunks, event_stream, json_lines
from liminal._streams.chunks import ChunkDecoder
from liminal.streaming import iter_sse

_WARM_UP = 16_000_000
_SAMPLE_EVERY = 100_000  # events


class Growth(NamedTuple):
    """What was read, its bytes, and the largest growth of memory in bytes."""

    reader: str
    read: int
    grew: int


def run(size: int) -> list[Growth]:
    """Read ``size`` bytes of events in each way, without keeping their text."""
    texts = chunks(10_000)[:-1]  # without the one that would finish the answer
    sse, lines = event_stream(texts), json_lines(texts)
    return [
        _grow("chunks of an event stream", SSE, sse, size),
        _grow("chunks of JSON lines", LINES, lines, size),
        _grow("iter_sse", None, sse, size),
    ]


def _grow(reader: str, content_type: str | None, pieces: list[bytes], size: int) -> Growth:
    _read(content_type, pieces, _WARM_UP)
    before = _resident()
    most = _read(content_type, pieces, size)
    return Growth(reader, size, most - before)


def _read(content_type: str | None, pieces: list[bytes], size: int) -> int:
    """Read, and return the peak of resident memory."""
    items = _items(content_type, islice(cycle(pieces), size // NETWORK_CHUNK))
    most = 0
    while sum(1 for _item in islice(items, _SAMPLE_EVERY)):
        most = max(most, _resident())
    return most


def _items(content_type: str | None, stream: Iterator[bytes]) -> Iterator[object]:
    if content_type is None:
        return iter_sse(stream)
    decoder = ChunkDecoder(content_type)
    return chain.from_iterable(map(decoder.feed, stream))


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()
