"""How much memory reading a gigabyte of events takes: the growth of the process's peak."""

import resource
import sys
from itertools import cycle, islice
from typing import NamedTuple

from benchmarks.streaming.contestants import LINES, SSE
from benchmarks.streaming.workload import NETWORK_CHUNK, chunks, event_stream, json_lines
from liminal._prompt_chunks import ChunkDecoder
from liminal.streaming import iter_sse

_WARM_UP = 16_000_000
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes


class Growth(NamedTuple):
    """What was read, how many bytes of it, and by how many bytes the peak grew."""

    reader: str
    read: int
    grew: int


def run(size: int) -> list[Growth]:
    """Read ``size`` bytes of events in each way, and keep none of their text."""
    texts = chunks(10_000)[:-1]  # without the one that would finish the answer
    sse, lines = event_stream(texts), json_lines(texts)
    return [
        _grow("chunks of an event stream", SSE, sse, size),
        _grow("chunks of JSON lines", LINES, lines, size),
        _grow("iter_sse", None, sse, size),
    ]


def _grow(reader: str, content_type: str | None, pieces: list[bytes], size: int) -> Growth:
    _read(content_type, pieces, _WARM_UP)
    before = _peak()
    _read(content_type, pieces, size)
    return Growth(reader, size, _peak() - before)


def _read(content_type: str | None, pieces: list[bytes], size: int) -> None:
    stream = islice(cycle(pieces), size // NETWORK_CHUNK)
    if content_type is None:
        for _event in iter_sse(stream):
            pass
        return
    decoder = ChunkDecoder(content_type)
    for piece in stream:
        for _chunk in decoder.feed(piece):
            pass


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT
