"""Streams of chunks as a server writes them, in both formats, and what a decoder makes of them."""

import json
from typing import Any

import pytest

from liminal._streams.chunks import ChunkDecoder
from liminal.errors import LiminalError
from liminal_api.errors import DecodeError

SSE = "text/event-stream; charset=utf-8"
LINES = "application/x-ndjson"
HELLO = b'{"content": "Hello", "finishReason": null}'
WORLD = b'{"content": ", world", "finishReason": null}'
STOP = b'{"content": "", "finishReason": "stop"}'
UNUSUAL = (
    b'{"finishReason": null, "content": "Hello"}'  # after it, others are looked at differently
)
BOTH = pytest.mark.parametrize("content_type", [SSE, LINES])


def framed(content_type: str | None, *texts: bytes) -> bytes:
    """Write JSON texts as a server does that answers with this content type."""
    before, after = (b"data: ", b"\n\n") if content_type == SSE else (b"", b"\n")
    return b"".join(before + text + after for text in texts)


def contents(decoder: ChunkDecoder, stream: bytes) -> list[str]:
    return [chunk.content for chunk in decoder.feed(stream)]


def error_of(decoder: ChunkDecoder, stream: bytes) -> LiminalError:
    with pytest.raises(LiminalError) as caught:
        list(decoder.feed(stream))
    return caught.value


def parse(item: bytes) -> Any:
    """Read an item as a generated module does."""
    try:
        return json.loads(item)
    except ValueError:
        raise DecodeError("$", "should be JSON") from None
